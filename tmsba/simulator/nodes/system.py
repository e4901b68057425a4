"""Most of the ``/system`` nodes (CMS API reference, 10.1 to 10.3, 10.6, 10.12 and 10.13)."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tmsba.simulator import media
from tmsba.simulator.alarms import ALARM_DETAILS, Alarm
from tmsba.simulator.cdr import cdr_time
from tmsba.simulator.http import Request, Response, Routes, listing, record
from tmsba.simulator.kinds import read
from tmsba.simulator.licences import CLUSTER_FEATURES, FEATURES
from tmsba.simulator.objects import Bridge
from tmsba.simulator.tables import CLUSTER
from tmsba.simulator.xml import Fields

_CLUSTER_DEFAULTS = {
    "newConferenceLoadLimitBasisPoints": "5000",
    "existingConferenceLoadLimitBasisPoints": "8000",
    "maxPeerVideoStreams": "4",
}
# Weighted calls are shown with this many decimals.
_WEIGHT = "{:.3f}"


def _status(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    audio, video = media.rates(bridge)
    fields: Fields = [
        ("hostId", bridge.host_id),
        ("softwareVersion", bridge.settings.software_version),
        ("uptimeSeconds", int(bridge.now() - bridge.started)),
        ("cdrTime", cdr_time()),
        ("activated", True),
        ("clusterEnabled", len(bridge.call_bridges) > 1),
        ("clusterId", bridge.cluster.id),
        ("callLegsActive", len(bridge.legs)),
        ("callLegsMaxActive", bridge.most_legs),
        ("callLegsCompleted", bridge.completed_legs),
        ("audioBitRateOutgoing", audio),
        ("audioBitRateIncoming", audio),
        ("videoBitRateOutgoing", video),
        ("videoBitRateIncoming", video),
        ("cdrCorrelatorIndex", bridge.cdr.next_index),
    ]
    return record("status", None, fields)


def _alarms(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    now = bridge.now()

    def show(alarm: Alarm) -> tuple[str, Fields]:
        return alarm.id, [
            ("activeTimeSeconds", int(now - alarm.since)),
            ("type", alarm.type),
            *((name, alarm.details.get(name)) for name in ALARM_DETAILS),
        ]

    return listing(request, ("alarms", "alarm"), bridge.alarms.active(), show)


def _load(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    return record("load", None, [("mediaProcessingLoad", bridge.totals.load)])


def _database(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    nodes = bridge.cluster.bridges
    if len(nodes) == 1:
        return record("database", None, [("clustered", "disabled")])
    primary = next((node for node in nodes if node.is_up), bridge)
    shown: Fields = [
        (
            "node",
            [
                ("hostname", node.settings.name),
                ("up", node.is_up),
                ("syncBehind", 0 if node.is_up else -1),
                ("master", node is primary),
            ],
        )
        for node in nodes
    ]
    cluster: Fields = [("totalNodes", len(nodes)), ("nodeInUse", primary.settings.name), *shown]
    return record("database", None, [("clustered", "enabled"), ("cluster", cluster)])


def _licensing(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    features: Fields = [(name, bridge.licences.shown(name)) for name in FEATURES]
    return record("licensing", None, [("features", features)])


def _cluster_licensing(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    # A grace period belongs to the licence file of one server; for the cluster the licence is still active.
    features: Fields = [
        (
            name,
            [
                (part, "activated" if value == "grace" else value)
                for part, value in bridge.licences.shown(name)
                if part != "limit"
            ],
        )
        for name in CLUSTER_FEATURES
    ]
    return record("clusterLicensing", None, [("features", features)])


def _multiparty(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    weights = [1 / (1 + len(bridge.cluster.instances(call))) for call in bridge.calls.values()]
    weighted = _WEIGHT.format(sum(weights))
    fields: Fields = [
        ("timestamp", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("personalLicenseLimit", 0),
        ("sharedLicenseLimit", 0),
        ("capacityUnitLimit", 0),
        ("users", 0),
        ("personalLicenses", 0),
        ("participantsActive", len(bridge.participants)),
        ("callsActive", len(bridge.calls)),
        ("weightedCallsActive", weighted),
        ("callsWithoutPersonalLicense", len(bridge.calls)),
        ("weightedCallsWithoutPersonalLicense", weighted),
        ("capacityUnitUsage", _WEIGHT.format(0)),
        ("capacityUnitUsageWithoutPersonalLicense", _WEIGHT.format(0)),
    ]
    return record("multipartyLicensing", None, fields)


def _show_cluster(bridge: Bridge, _request: Request, _ids: Sequence[str]) -> Response:
    values = _CLUSTER_DEFAULTS | bridge.configuration.values
    return record("cluster", None, [(name, values.get(name)) for name in CLUSTER])


def _change_cluster(bridge: Bridge, request: Request, _ids: Sequence[str]) -> Response:
    bridge.configuration.change(read(request.form, CLUSTER))
    return Response()


ROUTES: Routes = {
    ("system", "status"): {"GET": _status},
    ("system", "alarms"): {"GET": _alarms},
    ("system", "load"): {"GET": _load},
    ("system", "database"): {"GET": _database},
    ("system", "licensing"): {"GET": _licensing},
    ("system", "multipartylicensing"): {"GET": _multiparty},
    ("system", "configuration", "cluster"): {"GET": _show_cluster, "PUT": _change_cluster},
    ("clusterlicensing",): {"GET": _cluster_licensing},
}
