"""Requests to one bridge: URLs, credentials, limits, and what the status of an answer means.

Source: CMS API reference, 3 and 4.
"""

import random
import re
import ssl
import time
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

import httpx

from tmsba.cms.wire.address import base_url
from tmsba.cms.wire.answers import failure_reasons
from tmsba.cms.wire.errors import (
    AnswerNotUnderstood,
    BridgeBusy,
    BridgeError,
    BridgeServerError,
    BridgeUnreachable,
    CredentialsRefused,
    NotFoundOnBridge,
    RequestRefused,
    httpx_border,
)

#: The longest answer that is read, in bytes.
MAX_ANSWER_BYTES = 16 * 1024 * 1024

_LIMITS = httpx.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=5)
_WRITES = frozenset({"POST", "PUT", "DELETE"})
#: What may be sent again: done twice it has done the same as once.
_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
#: Seconds before the first repetition; doubled for each further one, and shortened by up to a half.
_FIRST_PAUSE_S = 0.2
#: The last repetition begins within this share of the time-outs, so that a call with repetitions takes little
#: longer than one without: whoever holds a lease for the call counts on that.
_RETRY_SHARE = 0.25
_ID = re.compile(r"[^\s/?#\\]{1,200}")
#: Failure codes that mean "later", whatever status they come with (CMS API reference, 4.6).
_BUSY_REASONS = frozenset({"databaseNotReady", "retryAfter"})


def segment(object_id: str) -> str:
    """Return an id as one segment of a URL's path.

    Raises:
        ValueError: The id is empty or a dot segment. With such an id the URL would be that of the whole
            list, and a DELETE of `/coSpaces/` is meant for the list.
    """
    if object_id.strip(".") == "":
        raise ValueError("An id on a bridge must not be empty.")
    return quote(object_id, safe="")


class Connection:
    """The HTTP side of one bridge; the arguments are those of `BridgeClient`."""

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        verify: bool | ssl.SSLContext,
        connect_timeout_s: float,
        read_timeout_s: float,
        retries: int,
        transport: httpx.BaseTransport | None,
    ) -> None:
        self.url = base_url(url)
        self.host = self.url.partition("://")[2]
        self.request_id: str | None = None
        self._retries = retries
        self._whole_s = connect_timeout_s + read_timeout_s
        self._http = httpx.Client(
            auth=httpx.BasicAuth(username, password),
            verify=verify,
            timeout=httpx.Timeout(
                connect=connect_timeout_s,
                pool=connect_timeout_s,
                read=read_timeout_s,
                write=read_timeout_s,
            ),
            limits=_LIMITS,
            # A redirect would carry the credentials to an address that nobody configured.
            follow_redirects=False,
            # Nor may a proxy or a netrc file of the environment see or replace them.
            trust_env=False,
            # Uncompressed, so that the size limit holds for what comes over the wire as well.
            headers={"User-Agent": "tmsba", "Accept": "text/xml", "Accept-Encoding": "identity"},
            transport=transport,
        )

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.close()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """Return the body of a node's answer."""
        return self._send("GET", path, query=query)[1]

    def post(self, path: str, fields: Mapping[str, str]) -> str:
        """Create an object below a node and return its id.

        Raises:
            AnswerNotUnderstood: The bridge does not say where the new object is, though it may exist.

        Source: CMS API reference, 4.3.1.
        """
        headers, _ = self._send("POST", path, fields=fields)
        created = _id_from_location(headers.get("Location", ""), path)
        if created is None:
            raise AnswerNotUnderstood(
                f"The bridge {self.host} did not say where the new object is (POST {path}).",
                is_outcome_unknown=True,
            )
        return created

    def put(self, path: str, fields: Mapping[str, str]) -> None:
        """Change an object; fields that are not given stay, empty ones are unset (reference, 4.4)."""
        self._send("PUT", path, fields=fields)

    def delete(self, path: str) -> None:
        """Remove an object."""
        self._send("DELETE", path)

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> tuple[httpx.Headers, bytes]:
        """Send a request; again when that is safe, may help and takes little time."""
        started, failures = time.monotonic(), 0
        while True:
            try:
                return self._send_once(method, path, query, fields)
            except (BridgeUnreachable, BridgeBusy) as error:
                failures += 1
                pause_s = _pause_s(error, failures)
                spent_s = time.monotonic() - started
                is_late = spent_s + pause_s > self._whole_s * _RETRY_SHARE
                if method not in _REPEATABLE or failures > self._retries or is_late:
                    raise
            time.sleep(pause_s)

    def _send_once(
        self, method: str, path: str, query: Mapping[str, str] | None, fields: Mapping[str, str] | None
    ) -> tuple[httpx.Headers, bytes]:
        is_write = method in _WRITES
        headers = {"X-Request-ID": self.request_id} if self.request_id else {}
        request = self._http.build_request(
            method, f"{self.url}/api/v1/{path}", params=query, data=fields, headers=headers
        )
        until = time.monotonic() + self._whole_s
        with httpx_border(self.host, is_write=is_write):
            response = self._http.send(request, stream=True)
            try:
                body = _read_body(response, until)
            finally:
                response.close()
        if not response.is_success:
            raise _refusal(response, body or b"", f"{self.host} ({method} {path})", is_write=is_write)
        if body is None:
            raise AnswerNotUnderstood(
                f"The bridge {self.host} answered with more than {MAX_ANSWER_BYTES} bytes.",
                is_outcome_unknown=is_write,
            )
        return response.headers, body


def _pause_s(error: BridgeUnreachable | BridgeBusy, failures: int) -> float:
    """How long to wait before a request is sent again: what the bridge asks for, or a little by chance."""
    asked_s = error.retry_after_s if isinstance(error, BridgeBusy) else None
    usual_s = _FIRST_PAUSE_S * (1 << (failures - 1)) * random.uniform(0.5, 1)  # noqa: S311 - no secret
    return max(usual_s, asked_s or 0)


def _read_body(response: httpx.Response, until: float) -> bytes | None:
    """Read the answer from the stream, or give up and return None when it is too long.

    The read time-out counts for each part of the answer; whoever sends a byte now and then is cut off at
    ``until`` on the monotonic clock.

    Raises:
        httpx.ReadTimeout: The answer is not complete by then.
    """
    chunks: list[bytes] = []
    size = 0
    _refuse_after(until, response)
    for chunk in response.iter_bytes():
        size += len(chunk)
        _refuse_after(until, response)
        if size > MAX_ANSWER_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _refuse_after(until: float, response: httpx.Response) -> None:
    if time.monotonic() > until:
        raise httpx.ReadTimeout("the answer trickles", request=response.request)


def _refusal(response: httpx.Response, body: bytes, where: str, *, is_write: bool) -> BridgeError:
    """Say which error an answer other than 2xx is."""
    code, reasons = response.status_code, failure_reasons(body)
    named = f": {', '.join(reasons)}" if reasons else ""
    if code in (401, 403):
        what = "refused the user name or password" if code == 401 else "does not let this user do that"
        return CredentialsRefused(f"The bridge {where} {what}{named}.")
    if code in (429, 503) or _BUSY_REASONS & set(reasons):
        return BridgeBusy(f"The bridge {where} is busy{named}.", retry_after_s=_retry_after_s(response))
    if code >= 500:
        # A proxy that lost the bridge's answer speaks like this too: the write may have been done.
        return BridgeServerError(
            f"The bridge {where} failed with {code}{named}.", is_outcome_unknown=is_write
        )
    if code == 404 or any(reason.endswith("DoesNotExist") for reason in reasons):
        return NotFoundOnBridge(f"The bridge {where} has no such object{named}.", reasons=reasons)
    if code >= 400:
        return RequestRefused(f"The bridge {where} refused the request with {code}{named}.", reasons=reasons)
    return AnswerNotUnderstood(
        f"The bridge {where} answered with {code} and points elsewhere; is the address right?"
    )


def _retry_after_s(response: httpx.Response) -> int | None:
    value = response.headers.get("Retry-After", "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else None


def _id_from_location(location: str, path: str) -> str | None:
    """Return the last segment of an absolute or relative Location, or None when it cannot be an id."""
    try:
        last = unquote(urlsplit(location.strip()).path.rstrip("/").rpartition("/")[2])
    except ValueError:
        return None
    # "/api/v1/calls/" names the list that we posted to, not something in it.
    if last.lower() == path.rpartition("/")[2].lower() or last.strip(".") == "":
        return None
    return last if _ID.fullmatch(last) else None
