"""The profiles of the system, and where call leg profiles are used (CMS API reference, 8.4.6 and 10.5)."""

from collections.abc import Sequence

from tmsba.simulator.catalogue.profiles import CALL_LEG_PROFILES
from tmsba.simulator.http import Request, Response, Routes, record
from tmsba.simulator.kinds import read
from tmsba.simulator.media import weigh_all
from tmsba.simulator.nodes import kept
from tmsba.simulator.objects import Bridge
from tmsba.simulator.references import check_references
from tmsba.simulator.tables import SYSTEM_PROFILES
from tmsba.simulator.xml import Fields


def _show_system(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    values = bridge.cluster.system_profiles.values
    return record("profiles", None, [(name, values.get(name)) for name in SYSTEM_PROFILES])


def _change_system(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    values = read(request.form, SYSTEM_PROFILES)
    check_references(bridge, SYSTEM_PROFILES, values)
    bridge.cluster.system_profiles.change(values)
    weigh_all(bridge.cluster.bridges)
    return Response()


def _show_usage(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    profile = kept.find(bridge, CALL_LEG_PROFILES, ids)
    used = bridge.cluster.system_profiles.values.get("callLegProfile") == profile.id
    spaces = [space for space in bridge.spaces if space.values.get("callLegProfile") == profile.id]
    fields: Fields = [
        ("global", True if used else None),
        ("coSpaces", [("coSpace", space.id) for space in spaces]),
    ]
    return record("usage", None, fields)


ROUTES: Routes = {
    ("calllegprofiles", "{}", "usage"): {"GET": _show_usage},
    ("system", "profiles"): {"GET": _show_system, "PUT": _change_system, "POST": _change_system},
}
