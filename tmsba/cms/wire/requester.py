"""What all requests to a bridge share: the connection, and reading one object or a whole list."""

import ssl
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self, TypeVar

import httpx

from tmsba.cms.wire.answers import Node, Page, read_object, read_page
from tmsba.cms.wire.connection import Connection
from tmsba.cms.wire.errors import NotFoundOnBridge
from tmsba.cms.wire.gaps import Gaps
from tmsba.cms.wire.paging import read_all

T = TypeVar("T")


class Requester:
    """Base of the client; its arguments are described at `BridgeClient`."""

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        verify: bool | ssl.SSLContext = True,
        connect_timeout_s: float = 5,
        read_timeout_s: float = 10,
        retries: int = 0,
        request_id: str | None = None,
        transport: httpx.BaseTransport | None = None,
        gaps: Gaps | None = None,
    ) -> None:
        #: What this bridge does not know.
        self.gaps = gaps or Gaps()
        self._connection = Connection(
            url,
            username,
            password,
            verify=verify,
            connect_timeout_s=connect_timeout_s,
            read_timeout_s=read_timeout_s,
            retries=retries,
            transport=transport,
        )
        self.request_id = request_id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the client cannot be used afterwards."""
        self._connection.close()

    @property
    def url(self) -> str:
        """The bridge's root address, as `base_url` writes it."""
        return self._connection.url

    @property
    def request_id(self) -> str | None:
        """Sent as `X-Request-ID` with every request from now on; None sends no such header."""
        return self._connection.request_id

    @request_id.setter
    def request_id(self, value: str | None) -> None:
        # The id may be one that somebody sent to us: only what fits into a header goes on.
        kept = "".join(character for character in value or "" if "!" <= character <= "~")
        self._connection.request_id = kept[:128] or None

    def _object(self, path: str, item: str, object_id: str | None = None) -> Node:
        return read_object(self._connection.get(path), item, object_id)

    def _list(
        self, path: str, item: str, read: Callable[[Node], T], query: Mapping[str, str] | None = None
    ) -> list[T]:
        def fetch(offset: int) -> Page:
            # The first request is as plain as the traces show it.
            asked = {**(query or {}), **({"offset": str(offset)} if offset else {})}
            return read_page(self._connection.get(path, asked or None), item)

        return [read(node) for node in read_all(fetch)]

    def _first_page(self, path: str, item: str, read: Callable[[Node], T]) -> tuple[list[T], bool]:
        """Return the objects of the first page, and whether there are no others."""
        page = read_page(self._connection.get(path), item)
        is_whole = page.total is not None and len(page.nodes) >= page.total
        return [read(node) for node in page.nodes], is_whole

    def _asked_once(self, path: str, ask: Callable[[str], T]) -> T:
        """Ask for a path without ids in it; not again where the bridge's version has no such path."""
        return self.gaps.ask(path, lambda: ask(path))

    def _exists(self, path: str) -> bool:
        try:
            self._connection.get(path)
        except NotFoundOnBridge:
            return False
        return True

    def _delete(self, path: str) -> None:
        try:
            self._connection.delete(path)
        except NotFoundOnBridge:
            return
