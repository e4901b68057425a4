"""Requests and answers, apart from how they travel, and the paging of collections."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from tmsba.simulator.failures import parameter_error
from tmsba.simulator.kinds import INVALID
from tmsba.simulator.objects import Bridge
from tmsba.simulator.xml import Fields, render_list, render_record

# CMS API reference, 4.2.2, gives the limits of these two collections only; the others use the first.
PAGE = 20
CALLS_PAGE = 10

_BASE = "/api/v1/"


@dataclass(frozen=True)
class Request:
    """A request to one node.

    Attributes:
        method: The HTTP method.
        query: The parameters in the URL.
        form: The parameters in the body.
        body: The body as it was sent.
    """

    method: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """An answer.

    Attributes:
        status: The HTTP status.
        headers: The headers that matter; length and date are added when it is sent.
        body: The content.
        then: What to do once it was sent, in a thread of its own.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    then: Callable[[], None] | None = None


Handler = Callable[[Bridge, Request, Sequence[str]], Response]
Routes = Mapping[tuple[str, ...], Mapping[str, Handler]]
_Item = TypeVar("_Item")


def created(collection: str, identifier: str) -> Response:
    """Answer that an object was made (CMS API reference, 4.3.1)."""
    return Response(headers={"Location": f"{_BASE}{collection}/{identifier}"})


def xml_answer(body: bytes, status: int = 200) -> Response:
    """Answer with XML."""
    return Response(status, {"Content-Type": "text/xml"}, body)


def record(tag: str, identifier: str | None, fields: Fields) -> Response:
    """Answer with one object."""
    return xml_answer(render_record(tag, identifier, fields))


def listing(
    request: Request,
    tags: tuple[str, str],
    items: Collection[_Item],
    show: Callable[[_Item], tuple[str, Fields]],
    page: int = PAGE,
) -> Response:
    """Answer with one page of a collection (CMS API reference, 4.2.2).

    Args:
        request: The request, with ``offset`` and ``limit`` if it has them.
        tags: The element names of the collection and of its members.
        items: Everything that matches.
        show: Makes an item's identifier and fields.
        page: The bridge's own limit.
    """
    return counted_listing(request, tags, len(items), items, show, page)


def counted_listing(
    request: Request,
    tags: tuple[str, str],
    total: int,
    items: Iterable[_Item],
    show: Callable[[_Item], tuple[str, Fields]],
    page: int = PAGE,
) -> Response:
    """Answer as ``listing`` does, with items that are only looked at up to the page's end.

    Args:
        request: The request.
        tags: The element names of the collection and of its members.
        total: How many items there are.
        items: Everything that matches.
        show: Makes an item's identifier and fields.
        page: The bridge's own limit.
    """
    offset = _count(request, "offset", 0)
    limit = min(_count(request, "limit", page), page)
    shown = [show(item) for item in islice(items, offset, offset + limit)]
    return xml_answer(render_list(tags[0], total, ((tags[1], *entry) for entry in shown)))


def contains(needle: str, *texts: str | None) -> bool:
    """Tell whether a filter matches one of the texts, in any case."""
    return any(needle.lower() in text.lower() for text in texts if text)


def _count(request: Request, name: str, default: int) -> int:
    value = request.query.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= 10):
        raise parameter_error(name, INVALID)
    return int(value)
