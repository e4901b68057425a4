"""The ``/system`` nodes (CMS API reference, 10.1, 10.2 and 10.13)."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from tmsba.simulator.http import Request, Response, Routes, listing, record
from tmsba.simulator.objects import Bridge
from tmsba.simulator.xml import Fields

_AUDIO_BITS = 64_000
_VIDEO_BITS = 1_000_000
_LOAD_PER_LEG = 500


def _status(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    connected = sum(leg.state == "connected" for leg in bridge.legs.values())
    fields: Fields = [
        ("hostId", bridge.host_id),
        ("softwareVersion", bridge.settings.software_version),
        ("uptimeSeconds", int(bridge.now() - bridge.started)),
        ("cdrTime", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("activated", True),
        ("clusterEnabled", len(bridge.call_bridges) > 1),
        ("clusterId", bridge.cluster_id),
        ("callLegsActive", len(bridge.legs)),
        ("callLegsMaxActive", bridge.most_legs),
        ("callLegsCompleted", bridge.completed_legs),
        ("audioBitRateOutgoing", connected * _AUDIO_BITS),
        ("audioBitRateIncoming", connected * _AUDIO_BITS),
        ("videoBitRateOutgoing", connected * _VIDEO_BITS),
        ("videoBitRateIncoming", connected * _VIDEO_BITS),
        ("cdrCorrelatorIndex", 0),
    ]
    return record("status", None, fields)


def _alarms(_bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    none: Collection[str] = ()
    return listing(request, ("alarms", "alarm"), none, lambda alarm: (alarm, []))


def _load(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    return record("load", None, [("mediaProcessingLoad", len(bridge.legs) * _LOAD_PER_LEG)])


ROUTES: Routes = {
    ("system", "status"): {"GET": _status},
    ("system", "alarms"): {"GET": _alarms},
    ("system", "load"): {"GET": _load},
}
