"""Texts of invitations (CMS API reference, 6.11)."""

import re
from collections.abc import Mapping, Sequence

from tmsba.simulator.failures import parameter_error
from tmsba.simulator.http import Request, Response, Routes, record
from tmsba.simulator.kinds import INVALID, TOO_LONG
from tmsba.simulator.nodes.spaces import find_method, find_space
from tmsba.simulator.objects import Bridge
from tmsba.simulator.reachable import full_uri, telephone_numbers, web_addresses
from tmsba.simulator.records import Space

_LANGUAGE = "en_US"
_LONGEST_LANGUAGE = 32


def _of_space(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    space = find_space(bridge, ids[0])
    return _answer(bridge, request, space, space.values)


def _of_method(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    space, method = find_method(bridge, ids)
    return _answer(bridge, request, space, method.values)


def _answer(bridge: Bridge, request: Request, space: Space, way: Mapping[str, str]) -> Response:
    language = request.query.get("language", _LANGUAGE)
    if len(language) > _LONGEST_LANGUAGE:
        raise parameter_error("language", TOO_LONG)
    if not re.fullmatch(r"[A-Za-z0-9_]+", language):
        raise parameter_error("language", INVALID)
    tenant, organizer = space.values.get("tenant"), request.query.get("organizer", "")
    by_id = "callId" in way
    lines = [
        f"Meeting: {space.name}",
        f"Organizer: {organizer}" if organizer else "",
        *(f"SIP: {uri}" for uri in [full_uri(bridge, way.get("uri", ""), tenant)] if uri),
        *(f"Web: {address}" for address in web_addresses(bridge, tenant) if by_id),
        *(f"Phone: {number}" for number in telephone_numbers(bridge, tenant) if by_id),
        f"Meeting ID: {way['callId']}" if by_id else "",
        f"Passcode: {way['passcode']}" if "passcode" in way else "",
    ]
    text = "\n".join(filter(None, lines))
    return record("emailInvitation", None, [("invitation", text), ("language", language)])


ROUTES: Routes = {
    ("cospaces", "{}", "emailinvitation"): {"GET": _of_space},
    ("cospaces", "{}", "accessmethods", "{}", "emailinvitation"): {"GET": _of_method},
}
