"""Profiles, call bridges and their groups (CMS API reference, 8.2, 8.4, 10.5, 10.10 and 10.11)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tmsba.simulator.failures import missing_object, refused
from tmsba.simulator.http import Handler, Request, Response, Routes, created, listing, record
from tmsba.simulator.kinds import Table, read, require
from tmsba.simulator.media import weigh_all
from tmsba.simulator.objects import Bridge
from tmsba.simulator.records import Record
from tmsba.simulator.references import check_references
from tmsba.simulator.tables import (
    CALL_BRIDGE,
    CALL_BRIDGE_GROUP,
    CALL_LEG_PROFILE,
    CALL_PROFILE,
    SYSTEM_PROFILES,
)
from tmsba.simulator.xml import Fields


@dataclass(frozen=True)
class _Kind:
    """One kind of simple object.

    Attributes:
        tag: The element name of one object, which is also how others refer to it.
        table: Its parameters.
        store: Finds where a bridge keeps these objects.
        listed: The parameters shown in the list.
        shown: Values to show for parameters that are not set.
    """

    tag: str
    table: Table
    store: Callable[[Bridge], dict[str, Record]]
    listed: Sequence[str]
    shown: Mapping[str, str]

    @property
    def collection(self) -> str:
        """The element name of the collection."""
        return f"{self.tag}s"

    def find(self, bridge: Bridge, identifier: str) -> Record:
        found = self.store(bridge).get(identifier)
        if found is None:
            raise missing_object(f"{self.tag}DoesNotExist")
        return found

    def fields(self, item: Record, names: Iterable[str]) -> Fields:
        return [(name, item.values.get(name, self.shown.get(name))) for name in names]


_CALL_PROFILE = _Kind("callProfile", CALL_PROFILE, lambda bridge: bridge.call_profiles, [*CALL_PROFILE], {})
_LEG_PROFILE = _Kind(
    "callLegProfile", CALL_LEG_PROFILE, lambda bridge: bridge.leg_profiles, [*CALL_LEG_PROFILE], {}
)
_BRIDGE = _Kind(
    "callBridge",
    CALL_BRIDGE,
    lambda bridge: bridge.call_bridges,
    ["name"],
    {"address": "", "sipDomain": ""},
)
_GROUP = _Kind(
    "callBridgeGroup",
    CALL_BRIDGE_GROUP,
    lambda bridge: bridge.cluster.groups,
    ["name"],
    {
        "loadBalancingEnabled": "false",
        "loadBalanceLyncCalls": "false",
        "loadBalanceOutgoingCalls": "false",
        "loadBalanceUserCalls": "true",
        "loadBalanceIndirectCalls": "false",
    },
)


def _routes(kind: _Kind) -> Routes:
    collection: dict[str, Handler] = {"GET": _lister(kind), "POST": _creator(kind)}
    single: dict[str, Handler] = {"GET": _shower(kind), "PUT": _changer(kind), "DELETE": _deleter(kind)}
    name = kind.collection.lower()
    return {(name,): collection, (name, "{}"): single}


def _referenced(bridge: Bridge, tag: str) -> set[str]:
    return {values[tag] for values in bridge.cluster.references() if tag in values}


def _lister(kind: _Kind) -> Handler:
    def handle(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
        found = list(kind.store(bridge).values())
        usage = request.query.get("usageFilter", "")
        if usage in ("referenced", "unreferenced"):
            used = _referenced(bridge, kind.tag)
            found = [item for item in found if (item.id in used) == (usage == "referenced")]
        tags = (kind.collection, kind.tag)
        return listing(request, tags, found, lambda item: (item.id, kind.fields(item, kind.listed)))

    return handle


def _creator(kind: _Kind) -> Handler:
    def handle(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
        item = Record(bridge.cluster.chance.new_id())
        _set(kind, bridge, item, request, creating=True)
        kind.store(bridge)[item.id] = item
        return created(kind.collection, item.id)

    return handle


def _shower(kind: _Kind) -> Handler:
    def handle(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
        item = kind.find(bridge, ids[0])
        return record(kind.tag, item.id, kind.fields(item, kind.table))

    return handle


def _changer(kind: _Kind) -> Handler:
    def handle(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
        _set(kind, bridge, kind.find(bridge, ids[0]), request, creating=False)
        return Response()

    return handle


def _deleter(kind: _Kind) -> Handler:
    def handle(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
        item = kind.find(bridge, ids[0])
        bridge.remove_profile(kind.tag, kind.store(bridge), item.id)
        weigh_all(bridge.cluster.bridges)
        return Response()

    return handle


def _set(kind: _Kind, bridge: Bridge, item: Record, request: Request, *, creating: bool) -> None:
    values = read(request.form, kind.table)
    check_references(bridge, values)
    if kind is _BRIDGE and (creating or "name" in values):
        name = require(values, "name")
        if any(other.values["name"] == name for other in bridge.call_bridges.values() if other is not item):
            raise refused("duplicateCallBridgeName")
    item.change(values)
    if kind is _LEG_PROFILE and not creating:
        weigh_all(bridge.cluster.bridges)


def _show_system(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    values = bridge.cluster.system_profiles.values
    return record("profiles", None, [(name, values.get(name)) for name in SYSTEM_PROFILES])


def _change_system(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    values = read(request.form, SYSTEM_PROFILES)
    check_references(bridge, values)
    bridge.cluster.system_profiles.change(values)
    weigh_all(bridge.cluster.bridges)
    return Response()


def _show_usage(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    profile = _LEG_PROFILE.find(bridge, ids[0])
    used = bridge.cluster.system_profiles.values.get("callLegProfile") == profile.id
    spaces = [space for space in bridge.spaces if space.values.get("callLegProfile") == profile.id]
    fields: Fields = [
        ("global", True if used else None),
        ("coSpaces", [("coSpace", space.id) for space in spaces]),
    ]
    return record("usage", None, fields)


ROUTES: Routes = {
    **_routes(_CALL_PROFILE),
    **_routes(_LEG_PROFILE),
    **_routes(_BRIDGE),
    **_routes(_GROUP),
    ("calllegprofiles", "{}", "usage"): {"GET": _show_usage},
    ("system", "profiles"): {"GET": _show_system, "PUT": _change_system, "POST": _change_system},
}
