"""The nodes of every kind of object in the catalogue (CMS API reference, 4.2 to 4.5)."""

from collections.abc import Mapping, Sequence

from tmsba.simulator.catalogue import KINDS
from tmsba.simulator.failures import missing_object, refused
from tmsba.simulator.http import Handler, Request, Response, Routes, contains, created, listing, record
from tmsba.simulator.kind import Kind
from tmsba.simulator.kinds import read, require
from tmsba.simulator.objects import Bridge
from tmsba.simulator.records import Record
from tmsba.simulator.references import absence, check_references, known


def find(bridge: Bridge, kind: Kind, ids: Sequence[str]) -> Record:
    """Return one object, or refuse the request with 404."""
    found = _all(bridge, kind, ids).get(ids[1 if kind.within else 0])
    if found is None:
        raise missing_object(absence(kind.tag))
    return found


def routes(kind: Kind) -> Routes:
    """Make the nodes of one kind of object."""
    name = kind.collection.lower()
    path = (kind.within[0].lower(), "{}", name) if kind.within else (name,)
    collection = {"GET": _lister(kind), "POST": _creator(kind)}
    single = {"GET": _shower(kind), "PUT": _changer(kind), "DELETE": _deleter(kind)}
    return {path: _offered(kind, collection), (*path, "{}"): _offered(kind, single)}


def _offered(kind: Kind, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
    return {method: handler for method, handler in handlers.items() if method in kind.methods}


def _owner(kind: Kind, ids: Sequence[str]) -> str:
    return ids[0] if kind.within else ""


def _all(bridge: Bridge, kind: Kind, ids: Sequence[str]) -> Mapping[str, Record]:
    """Return all objects of a kind, of the owner in the path if the kind has owners.

    Raises:
        ApiError: The owner does not exist.
    """
    if kind.within is None:
        return bridge.cluster.objects.of(kind.tag)
    if ids[0] not in known(bridge, kind.within[1]):
        raise missing_object(absence(kind.within[1]))
    return bridge.cluster.objects.below(ids[0], kind.tag)


def _lister(kind: Kind) -> Handler:
    def handle(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
        found = list(_all(bridge, kind, ids).values())
        for name in kind.filters:
            wanted = request.query.get(f"{name}Filter")
            if wanted:
                found = [item for item in found if item.values.get(name) == wanted]
        text = request.query.get("filter", "")
        if text and kind.searched:
            found = [
                item for item in found if contains(text, *(item.values.get(name) for name in kind.searched))
            ]
        usage = request.query.get("usageFilter", "")
        if kind.is_profile and usage in ("referenced", "unreferenced"):
            used = bridge.cluster.named(kind.tag)
            found = [item for item in found if (item.id in used) == (usage == "referenced")]
        tags = (kind.collection, kind.tag)
        return listing(request, tags, found, lambda item: (item.id, kind.fields(bridge, item, in_list=True)))

    return handle


def _creator(kind: Kind) -> Handler:
    def handle(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
        others, owner = _all(bridge, kind, ids), _owner(kind, ids)
        if kind.most and len(others) >= kind.most[0]:
            raise refused(kind.most[1])
        item = Record(bridge.cluster.chance.new_id(), dict(kind.initial or {}))
        _set(kind, bridge, item, request, others)
        bridge.cluster.objects.keep(kind.tag, item, owner)
        if kind.made:
            kind.made(bridge, item)
        prefix = f"{kind.within[0]}/{owner}/" if kind.within else ""
        return created(prefix + kind.collection, item.id)

    return handle


def _shower(kind: Kind) -> Handler:
    def handle(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
        item = find(bridge, kind, ids)
        return record(kind.tag, item.id, kind.fields(bridge, item))

    return handle


def _changer(kind: Kind) -> Handler:
    def handle(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
        item = find(bridge, kind, ids)
        _set(kind, bridge, item, request, _all(bridge, kind, ids))
        if kind.changed:
            kind.changed(bridge)
        return Response()

    return handle


def _deleter(kind: Kind) -> Handler:
    def handle(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
        item = find(bridge, kind, ids)
        if kind.removable:
            kind.removable(bridge, item)
        bridge.cluster.remove(kind.tag, item.id, _owner(kind, ids))
        if kind.changed:
            kind.changed(bridge)
        return Response()

    return handle


def _set(kind: Kind, bridge: Bridge, item: Record, request: Request, others: Mapping[str, Record]) -> None:
    """Set the parameters of a request on an object: all of them or none.

    Raises:
        ApiError: A value is wrong, missing, taken, or names what does not exist.
    """
    values = read(request.form, kind.table)
    creating = item.id not in others
    if not creating:
        values = {name: value for name, value in values.items() if name not in kind.fixed}
    check_references(bridge, kind.table, values)
    for name in kind.mandatory:
        if creating or name in values:
            require(values, name)
    for name, reason in (kind.unique or {}).items():
        wanted = values.get(name)
        if wanted and any(other.values.get(name) == wanted for other in others.values() if other is not item):
            raise refused(reason)
    if kind.check:
        kind.check(bridge, item, values)
    item.change(values)


ROUTES: Routes = {path: methods for kind in KINDS for path, methods in routes(kind).items()}
