"""How ranges of numbers, nodes of clusters and reports of bridges are written to a column: JSON."""

from datetime import datetime, timedelta
from typing import Any

from tmsba.domain.bridge.bridge import ClusterNode, NumberRange
from tmsba.domain.bridge.health import BridgeAlarm, BridgeReport
from tmsba.store.tables.json_values import read_json, write_json

#: Fields of a report whose values JSON has too, by the same names.
_PLAIN = (
    "software_version",
    "call_legs_active",
    "call_legs_max_active",
    "call_legs_completed",
    "audio_bit_rate_outgoing_bps",
    "audio_bit_rate_incoming_bps",
    "video_bit_rate_outgoing_bps",
    "video_bit_rate_incoming_bps",
    "media_processing_load",
    "load_limit",
    "participant_limit",
    "licence_trouble",
    "dial_plan_trouble",
)


def encode_ranges(ranges: tuple[NumberRange, ...]) -> str:
    """The ranges of a bridge as text."""
    return write_json(
        {
            "ranges": [
                {
                    "parameter_set_id": one.parameter_set_id,
                    "first": one.first,
                    "last": one.last,
                    "sync_id": one.sync_id,
                    "is_made": one.is_made,
                }
                for one in ranges
            ]
        }
    )


def decode_ranges(text: str) -> tuple[NumberRange, ...]:
    """What ``encode_ranges`` wrote."""
    return tuple(
        NumberRange(
            parameter_set_id=one["parameter_set_id"],
            first=one["first"],
            last=one["last"],
            sync_id=one["sync_id"],
            is_made=one["is_made"],
        )
        for one in read_json(text)["ranges"]
    )


def encode_nodes(nodes: tuple[ClusterNode, ...]) -> str:
    """The nodes of a cluster as text."""
    return write_json({"nodes": [[node.id, node.name, node.address] for node in nodes]})


def decode_nodes(text: str) -> tuple[ClusterNode, ...]:
    """What ``encode_nodes`` wrote."""
    return tuple(ClusterNode(id=id_, name=name, address=at) for id_, name, at in read_json(text)["nodes"])


def encode_report(report: BridgeReport) -> str:
    """What a bridge told about itself as text."""
    alarms = [[alarm.kind, alarm.reason, _seconds(alarm.active)] for alarm in report.alarms]
    plain = {name: getattr(report, name) for name in _PLAIN}
    told_all_at = report.told_all_at and report.told_all_at.isoformat()
    more = {"uptime_s": _seconds(report.uptime), "alarms": alarms, "told_all_at": told_all_at}
    return write_json(plain | more)


def decode_report(text: str) -> BridgeReport:
    """What ``encode_report`` wrote."""
    values = read_json(text)
    alarms = tuple(
        BridgeAlarm(kind=kind, reason=reason, active=_duration(active_s))
        for kind, reason, active_s in values["alarms"]
    )
    # What earlier versions did not ask for is not there.
    plain: dict[str, Any] = {name: values.get(name) for name in _PLAIN}
    # Earlier versions asked for everything each time, and did not write down when.
    told_all_at = values.get("told_all_at")
    return BridgeReport(
        **plain,
        uptime=_duration(values["uptime_s"]),
        alarms=alarms,
        told_all_at=datetime.fromisoformat(told_all_at) if told_all_at else None,
    )


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
