"""The state of web bridges and TURN servers, and profiles in force (CMS API reference, 10.7 to 10.9)."""

from collections.abc import Iterable, Sequence

from tmsba.simulator.catalogue.profiles import WEB_BRIDGE_PROFILES
from tmsba.simulator.catalogue.servers import TURN_SERVERS, WEB_BRIDGES
from tmsba.simulator.catalogue.users import TENANTS
from tmsba.simulator.http import Request, Response, Routes, record
from tmsba.simulator.nodes import kept
from tmsba.simulator.objects import Bridge
from tmsba.simulator.xml import Fields

_TURN_PORT = 3478
_ROUND_TRIP_MS = 1


def _show_web_bridge(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    web_bridge = kept.find(bridge, WEB_BRIDGES, ids)
    used = web_bridge.values.get("callBridge") in (None, bridge.id) and "url" in web_bridge.values
    return record("webBridge", web_bridge.id, [("status", "success" if used else "unused")])


def _update_customization(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    kept.find(bridge, WEB_BRIDGES, ids)
    return Response()


def _show_turn_server(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    server = kept.find(bridge, TURN_SERVERS, ids)
    address = server.values.get("serverAddress")
    host: Fields = [
        ("address", address),
        ("portNumber", int(server.values.get("tcpPortNumberOverride", _TURN_PORT))),
        ("reachable", True),
        ("roundTripTimeMs", _ROUND_TRIP_MS),
    ]
    return record("turnServer", server.id, [("host", host)] if address else [])


def effective(bridge: Bridge, *profiles: str | None) -> dict[str, str]:
    """Return the values of web bridge profiles in force.

    Args:
        bridge: The bridge.
        *profiles: The identifiers of the profiles below the system's, the lowest last.
    """
    values = dict(WEB_BRIDGE_PROFILES.initial or {})
    known = bridge.cluster.objects.of(WEB_BRIDGE_PROFILES.tag)
    for profile in (bridge.cluster.system_profiles.values.get(WEB_BRIDGE_PROFILES.tag), *profiles):
        if profile in known and profile:
            values |= known[profile].values
    return values


def _answer(values: dict[str, str]) -> Response:
    names: Iterable[str] = (name for name in WEB_BRIDGE_PROFILES.table if name != "name")
    return record("effectiveWebBridgeProfile", None, [(name, values.get(name)) for name in names])


def _effective_here(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    return _answer(effective(bridge))


def _effective_for_tenant(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    return _answer(effective(bridge, kept.find(bridge, TENANTS, ids).values.get("webBridgeProfile")))


def _effective_for_web_bridge(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    web_bridge = kept.find(bridge, WEB_BRIDGES, ids).values
    tenant = bridge.cluster.objects.of(TENANTS.tag).get(web_bridge.get("tenant", ""))
    of_tenant = tenant.values.get("webBridgeProfile") if tenant else None
    return _answer(effective(bridge, of_tenant, web_bridge.get("webBridgeProfile")))


ROUTES: Routes = {
    ("webbridges", "{}", "status"): {"GET": _show_web_bridge},
    ("webbridges", "{}", "updatecustomization"): {"POST": _update_customization},
    ("webbridges", "{}", "effectivewebbridgeprofile"): {"GET": _effective_for_web_bridge},
    ("tenants", "{}", "effectivewebbridgeprofile"): {"GET": _effective_for_tenant},
    ("system", "profiles", "effectivewebbridgeprofile"): {"GET": _effective_here},
    ("turnservers", "{}", "status"): {"GET": _show_turn_server},
}
