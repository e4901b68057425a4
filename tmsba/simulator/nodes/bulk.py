"""The bulk nodes (CMS API reference, 6.7)."""

from collections.abc import Sequence

from tmsba.simulator.bulk import BulkSync, check_mappings
from tmsba.simulator.failures import missing_object
from tmsba.simulator.http import Request, Response, Routes, created, listing, record
from tmsba.simulator.kinds import read, require
from tmsba.simulator.objects import Bridge
from tmsba.simulator.records import Record
from tmsba.simulator.references import check_references
from tmsba.simulator.tables import BULK_PARAMETER_SET, BULK_SYNC
from tmsba.simulator.xml import Fields

_SETS = "cospaceBulkParameterSets"
_SET = "cospaceBulkParameterSet"
_SYNCS = "cospaceBulkSyncs"
_SYNC = "cospaceBulkSync"


def _find_set(bridge: Bridge, identifier: str) -> Record:
    parameters = bridge.parameter_sets.get(identifier)
    if parameters is None:
        # No reason code for a parameter set, or for a sync, is documented.
        raise missing_object("unrecognisedObject")
    return parameters


def _find_sync(bridge: Bridge, identifier: str) -> BulkSync:
    sync = bridge.syncs.get(identifier)
    if sync is None:
        raise missing_object("unrecognisedObject")
    return sync


def _set_values(bridge: Bridge, request: Request) -> dict[str, str]:
    values = read(request.form, BULK_PARAMETER_SET)
    check_references(bridge, BULK_PARAMETER_SET, values)
    check_mappings(values)
    return values


def _set_fields(parameters: Record, names: Sequence[str]) -> Fields:
    defaults = {"nonMemberAccess": "true"}
    return [(name, parameters.values.get(name, defaults.get(name))) for name in names]


def _sync_fields(sync: BulkSync) -> Fields:
    return [
        (_SET, sync.parameter_set),
        ("status", sync.status),
        ("removeAll", sync.values.get("removeAll")),
    ]


def _list_sets(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    found, names = bridge.parameter_sets.values(), ("startIndex", "endIndex")
    return listing(request, (_SETS, _SET), found, lambda item: (item.id, _set_fields(item, names)))


def _create_set(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    parameters = Record(bridge.cluster.chance.new_id())
    parameters.change(_set_values(bridge, request))
    bridge.parameter_sets[parameters.id] = parameters
    return created(_SETS, parameters.id)


def _show_set(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    parameters = _find_set(bridge, ids[0])
    return record(_SET, parameters.id, _set_fields(parameters, [*BULK_PARAMETER_SET]))


def _change_set(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    # Takes effect with the next sync only.
    _find_set(bridge, ids[0]).change(_set_values(bridge, request))
    return Response()


def _delete_set(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    del bridge.parameter_sets[_find_set(bridge, ids[0]).id]
    return Response()


def _list_syncs(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    found = bridge.syncs.values()
    return listing(request, (_SYNCS, _SYNC), found, lambda sync: (sync.id, _sync_fields(sync)))


def _create_sync(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    values = read(request.form, BULK_SYNC)
    # A set that does not exist is reported by the sync's status, not here.
    require(values, _SET)
    return created(_SYNCS, bridge.start_sync({name: value for name, value in values.items() if value}).id)


def _show_sync(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    sync = _find_sync(bridge, ids[0])
    return record(_SYNC, sync.id, _sync_fields(sync))


def _delete_sync(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    del bridge.syncs[_find_sync(bridge, ids[0]).id]
    return Response()


ROUTES: Routes = {
    (_SETS.lower(),): {"GET": _list_sets, "POST": _create_set},
    (_SETS.lower(), "{}"): {"GET": _show_set, "PUT": _change_set, "DELETE": _delete_set},
    (_SYNCS.lower(),): {"GET": _list_syncs, "POST": _create_sync},
    (_SYNCS.lower(), "{}"): {"GET": _show_sync, "DELETE": _delete_sync},
}
