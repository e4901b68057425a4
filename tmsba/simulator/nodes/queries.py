"""Queries (CMS API reference, 13)."""

from collections.abc import Sequence

from tmsba.simulator.http import Request, Response, Routes, record
from tmsba.simulator.kinds import read
from tmsba.simulator.objects import Bridge
from tmsba.simulator.reachable import full_uri, telephone_numbers, web_addresses
from tmsba.simulator.references import check_references
from tmsba.simulator.tables import ACCESS_QUERY, URI_QUERY
from tmsba.simulator.xml import Fields


def _ask_access(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    values = read(request.form, ACCESS_QUERY)
    check_references(bridge, ACCESS_QUERY, values)
    tenant = values.get("tenant")
    fields: Fields = [("uri", full_uri(bridge, values.get("uri", ""), tenant))]
    if values.get("callId"):
        web, phone = web_addresses(bridge, tenant), telephone_numbers(bridge, tenant)
        fields = [*fields, ("webAddress", next(web, None)), ("ivr", next(phone, None))]
    return record("accessQuery", None, fields)


def _ask_conversation(_bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    # No Lync conference comes here, so there is no conversation to find.
    fields: Fields = [("conversationId", request.query.get("conversationId", "")), ("found", False)]
    return record("conversationIdQuery", None, fields)


def _ask_uri(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    values = read(request.form, URI_QUERY)
    check_references(bridge, URI_QUERY, values)
    uri, tenant = values.get("uri", "").lower(), values.get("tenant") or None
    space = bridge.spaces.with_uri(uri)
    users = (user for user in bridge.cluster.objects.of("user").values() if _user_part(user.values) == uri)
    ivrs = (ivr for ivr in bridge.cluster.objects.of("ivr").values() if ivr.values["uri"].lower() == uri)
    found = [("coSpaceId", space), ("userId", next(users, None)), ("ivrId", next(ivrs, None))]
    fields: Fields = [(name, item.id) for name, item in found if item and item.values.get("tenant") == tenant]
    return record("uriUsageQuery", None, fields)


def _user_part(values: dict[str, str]) -> str:
    return values["userJid"].partition("@")[0].lower()


ROUTES: Routes = {
    ("accessquery",): {"POST": _ask_access},
    ("conversationidquery",): {"GET": _ask_conversation},
    ("uriusagequery",): {"POST": _ask_uri},
}
