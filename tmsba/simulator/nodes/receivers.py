"""The receivers of call detail records (CMS API reference, 10.4)."""

from collections.abc import Sequence

from tmsba.simulator import kinds
from tmsba.simulator.cdr import MOST_RECEIVERS
from tmsba.simulator.failures import missing_object, parameter_error, refused
from tmsba.simulator.http import Request, Response, Routes, created, listing, record
from tmsba.simulator.kinds import read
from tmsba.simulator.objects import Bridge
from tmsba.simulator.receivers import Receiver
from tmsba.simulator.tables import CDR_RECEIVER
from tmsba.simulator.xml import Fields

_COLLECTION = "system/cdrReceivers"
_SCHEMES = ("http://", "https://")


def _find(bridge: Bridge, identifier: str) -> Receiver:
    receiver = bridge.cdr.receivers.get(identifier)
    if receiver is None:
        raise missing_object("cdrReceiverDoesNotExist")
    return receiver


def _fields(receiver: Receiver) -> Fields:
    return [("uri", receiver.uri or None)]


def _uri(request: Request) -> str | None:
    """Return the address in a form, or None when it has none."""
    values = read(request.form, CDR_RECEIVER)
    uri = values.get("uri", values.get("url"))
    if uri and not uri.lower().startswith(_SCHEMES):
        raise parameter_error("uri", kinds.INVALID)
    return uri


def _add(bridge: Bridge, uri: str) -> Response:
    if len(bridge.cdr.receivers) >= MOST_RECEIVERS:
        raise refused("tooManyCdrReceivers")
    return created(_COLLECTION, bridge.cdr.add_receiver(uri).id)


def _list(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    found = bridge.cdr.receivers.values()
    return listing(request, ("cdrReceivers", "cdrReceiver"), found, lambda one: (one.id, _fields(one)))


def _create(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    uri = _uri(request)
    if not uri:
        raise parameter_error("uri", kinds.MISSING)
    return _add(bridge, uri)


def _create_blank(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    return _add(bridge, _uri(request) or "")


def _show(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    receiver = _find(bridge, ids[0])
    return record("cdrReceiver", receiver.id, _fields(receiver))


def _change(bridge: Bridge, request: Request, ids: Sequence[str]) -> Response:
    receiver = _find(bridge, ids[0])
    uri = _uri(request)
    if uri is not None:
        receiver.redirect(uri)
    return Response()


def _delete(bridge: Bridge, _request: Request, ids: Sequence[str]) -> Response:
    bridge.cdr.remove_receiver(_find(bridge, ids[0]))
    return Response()


def _first(bridge: Bridge) -> Receiver | None:
    return next(iter(bridge.cdr.receivers.values()), None)


def _show_legacy(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    receiver = _first(bridge)
    return record("cdrReceiver", None, _fields(receiver) if receiver else [])


def _change_legacy(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    receiver, uri = _first(bridge), _uri(request)
    if uri and receiver is None:
        bridge.cdr.add_receiver(uri)
    elif uri and receiver is not None:
        receiver.redirect(uri)
    elif uri == "" and receiver is not None:
        bridge.cdr.remove_receiver(receiver)
    return Response()


ROUTES: Routes = {
    ("system", "cdrreceivers"): {"GET": _list, "POST": _create, "PUT": _create_blank},
    ("system", "cdrreceivers", "{}"): {"GET": _show, "PUT": _change, "DELETE": _delete},
    ("system", "cdrreceiver"): {"GET": _show_legacy, "PUT": _change_legacy},
}
