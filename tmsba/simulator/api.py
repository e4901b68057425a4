"""The bridge's interface, apart from how requests arrive (CMS API reference, 4)."""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from tmsba.simulator.failures import ApiError, missing_object, refused
from tmsba.simulator.http import Handler, Request, Response, Routes, xml_answer
from tmsba.simulator.nodes import (
    bulk,
    calls,
    diagnostics,
    documents,
    invitations,
    kept,
    legs,
    participants,
    profiles,
    queries,
    receivers,
    spaces,
    system,
    usage,
    users,
    web_bridges,
)
from tmsba.simulator.objects import Bridge
from tmsba.simulator.xml import render_failure

_ROUTES: Routes = {
    **system.ROUTES,
    **receivers.ROUTES,
    **spaces.ROUTES,
    **bulk.ROUTES,
    **kept.ROUTES,
    **profiles.ROUTES,
    **calls.ROUTES,
    **legs.ROUTES,
    **participants.ROUTES,
    **diagnostics.ROUTES,
    **documents.ROUTES,
    **invitations.ROUTES,
    **queries.ROUTES,
    **usage.ROUTES,
    **users.ROUTES,
    **web_bridges.ROUTES,
}
_ID = "{}"
# The booking server's traces ask for /callegs, and are answered.
_ALIASES = {"callegs": "calllegs"}


def _wild_places() -> list[list[tuple[int, ...]]]:
    """For each number of segments, the places at which identifiers may stand; names go before them."""
    longest = max(map(len, _ROUTES))
    places: list[set[tuple[int, ...]]] = [set() for _ in range(longest + 2)]
    for pattern in _ROUTES:
        places[len(pattern)].add(tuple(place for place, name in enumerate(pattern) if name == _ID))
    return [sorted(found) for found in places]


_WILD = _wild_places()


def handle(
    bridge: Bridge,
    method: str,
    path: str,
    query: Mapping[str, str],
    form: Mapping[str, str],
    body: bytes = b"",
) -> Response:
    """Answer one request.

    Args:
        bridge: The bridge that is asked.
        method: The HTTP method.
        path: The path, percent-encoded as it arrived.
        query: The parameters in the URL.
        form: The parameters in the body.
        body: The body as it was sent.

    Returns:
        The answer; refusals are answers too.
    """
    try:
        segments = _segments(path)
        with bridge.lock:
            bridge.advance()
            handler, identifiers = _route(method, segments)
            return handler(bridge, Request(method, query, form, body), identifiers)
    except ApiError as error:
        return xml_answer(render_failure(error.reasons), error.status)


def _segments(path: str) -> list[str]:
    """Split a path into lower-case names and identifiers below the version."""
    parts = [unquote(part, errors="replace").lower() for part in path.split("/") if part]
    if parts[:1] != ["api"]:
        raise missing_object("unrecognisedObject")
    if parts[1:2] != ["v1"]:
        raise refused("invalidVersion")
    return [_ALIASES.get(part, part) for part in parts[2:]]


def _route(method: str, segments: Sequence[str]) -> tuple[Handler, list[str]]:
    if _ID in segments:
        raise missing_object("unrecognisedObject")
    for wild in _WILD[min(len(segments), len(_WILD) - 1)]:
        pattern = tuple(_ID if place in wild else name for place, name in enumerate(segments))
        handlers = _ROUTES.get(pattern)
        if handlers is not None:
            if method not in handlers:
                raise refused("invalidOperation")
            return handlers[method], [segments[place] for place in wild]
    raise missing_object("unrecognisedObject")
