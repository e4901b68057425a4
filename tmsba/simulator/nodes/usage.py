"""What licences are used (CMS API reference, 10.6). No history of their use is kept."""

from collections.abc import Sequence

from tmsba.simulator.http import Request, Response, Routes, listing, record
from tmsba.simulator.objects import Bridge
from tmsba.simulator.records import Record

_NOTHING: Sequence[Record] = ()


def _list_usage(_bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    return listing(request, ("MPLicenseUsage", "event"), _NOTHING, lambda one: (one.id, []))


def _list_hosts(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    hosts = [one.host_id for one in bridge.cluster.bridges]
    return listing(request, ("knownHosts", "host"), hosts, lambda host: (host, []))


def _list_personal(_bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    return listing(request, ("activePersonalLicenses", "user"), _NOTHING, lambda one: (one.id, []))


def _show_raw(_bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    # For the vendor's management application alone; what it holds is not documented.
    return record("raw", None, [])


ROUTES: Routes = {
    ("system", "mplicenseusage"): {"GET": _list_usage},
    ("system", "mplicenseusage", "knownhosts"): {"GET": _list_hosts},
    ("system", "multipartylicensing", "activepersonallicenses"): {"GET": _list_personal},
    ("clusterlicensing", "raw"): {"GET": _show_raw},
}
