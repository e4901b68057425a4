"""The bridge's interface, apart from how requests arrive (CMS API reference, 4)."""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from tmsba.simulator.failures import ApiError, missing_object, refused
from tmsba.simulator.http import Handler, Request, Response, Routes, xml_answer
from tmsba.simulator.nodes import bulk, calls, legs, participants, profiles, spaces, system
from tmsba.simulator.objects import Bridge
from tmsba.simulator.xml import render_failure

_ROUTES: Routes = {
    **system.ROUTES,
    **spaces.ROUTES,
    **bulk.ROUTES,
    **profiles.ROUTES,
    **calls.ROUTES,
    **legs.ROUTES,
    **participants.ROUTES,
}
_ID = "{}"
# The booking server's traces ask for /callegs, and are answered.
_ALIASES = {"callegs": "calllegs"}


def handle(
    bridge: Bridge, method: str, path: str, query: Mapping[str, str], form: Mapping[str, str]
) -> Response:
    """Answer one request.

    Args:
        bridge: The bridge that is asked.
        method: The HTTP method.
        path: The path, percent-encoded as it arrived.
        query: The parameters in the URL.
        form: The parameters in the body.

    Returns:
        The answer; refusals are answers too.
    """
    try:
        segments = _segments(path)
        with bridge.lock:
            bridge.advance()
            handler, identifiers = _route(method, segments)
            return handler(bridge, Request(method, query, form), identifiers)
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
    for pattern, handlers in _ROUTES.items():
        if len(pattern) == len(segments) and all(
            expected in (_ID, actual) for expected, actual in zip(pattern, segments, strict=True)
        ):
            if method not in handlers:
                raise refused("invalidOperation")
            wild = zip(pattern, segments, strict=True)
            return handlers[method], [actual for expected, actual in wild if expected == _ID]
    raise missing_object("unrecognisedObject")
