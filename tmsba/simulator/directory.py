"""Syncs with a directory that has nobody in it (CMS API reference, 11.4)."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tmsba.simulator.failures import refused
from tmsba.simulator.records import Record
from tmsba.simulator.xml import Fields

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge

_PENDING, _RUNNING = "pending", "InProgress"
_NEEDED = ("tenant", "ldapSource")
_SHOWN = ("failureReason", "numUsersImported", "creationTime", "startTime", "endTime")


def start_sync(bridge: "Bridge", sync: Record) -> None:
    """Have a new sync run; it takes as long as a bulk sync."""
    sync.values |= {"state": _PENDING, "creationTime": _now()}
    half = bridge.settings.sync_seconds / 2
    bridge.schedule.after(half, lambda: _begin(sync))
    bridge.schedule.after(2 * half, lambda: _finish(bridge, sync))


def show_sync(_bridge: "Bridge", sync: Record) -> Fields:
    """Make the elements that tell how far a sync is."""
    return [("state", sync.values["state"]), *((name, sync.values.get(name)) for name in _SHOWN)]


def refuse_running(_bridge: "Bridge", sync: Record) -> None:
    """Refuse to cancel a sync that is under way; one that is over may be taken off the list (11.4.2).

    Raises:
        ApiError: The sync has begun and is not over.
    """
    if sync.values["state"] == _RUNNING:
        raise refused("ldapSyncCannotBeCancelled")


def _begin(sync: Record) -> None:
    sync.values |= {"state": _RUNNING, "startTime": _now(), "numUsersImported": "0"}


def _finish(bridge: "Bridge", sync: Record) -> None:
    objects = bridge.cluster.objects
    if sync.id not in objects.of("ldapSync"):
        return
    if sync.values.get("removeWhenFinished", "true") == "true":
        objects.remove("ldapSync", sync.id)
        return
    lost = [tag for tag in _NEEDED if tag in sync.values and sync.values[tag] not in objects.of(tag)]
    sync.values |= {"state": "failed" if lost else "complete", "endTime": _now()}
    if lost:
        sync.values["failureReason"] = f"{lost[0]}DoesNotExist"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
