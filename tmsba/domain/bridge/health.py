"""How bridges are, as the last look at each of their addresses told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from tmsba.domain.bridge.bridge import Bridge

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(seconds=60)


class BridgeAddress(Enum):
    """One of the two addresses that a bridge can have."""

    MAIN = "main"
    #: Another node of the cluster, for meetings to come while the main address is down.
    ALTERNATE = "alternate"


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeAlarm:
    """Something that is wrong on a bridge, in the bridge's own words."""

    kind: str
    reason: str = ""
    #: How long it has been so.
    active: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeReport:
    """What a bridge told about itself; ``None`` for what it did not tell."""

    software_version: str = ""
    uptime: timedelta | None = None
    call_legs_active: int | None = None
    call_legs_max_active: int | None = None
    call_legs_completed: int | None = None
    #: Sums over all streams, in bits per second; outgoing is from the bridge to the participants.
    audio_bit_rate_outgoing_bps: int | None = None
    audio_bit_rate_incoming_bps: int | None = None
    video_bit_rate_outgoing_bps: int | None = None
    video_bit_rate_incoming_bps: int | None = None
    media_processing_load: int | None = None
    #: The most load and the most participants that its configuration allows; ``None`` for any.
    load_limit: int | None = None
    participant_limit: int | None = None
    alarms: tuple[BridgeAlarm, ...] = ()
    #: Why the bridge may soon make no calls any more, as a sentence; blank when its licence is in order.
    licence_trouble: str = ""
    #: Which rules its dial plan lacks, as sentences; blank when it has them, or does not tell.
    dial_plan_trouble: str = ""
    #: When it was last asked for everything; status and load are asked for more often.
    told_all_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeHealth:
    """One address of a bridge, as the last look found it. A refused password counts as unreachable."""

    bridge_id: int
    address: BridgeAddress
    #: ``None`` until somebody has looked.
    is_reachable: bool | None = None
    reachable_since: datetime | None = None
    checked_at: datetime | None = None
    #: Looks in a row that failed.
    failures: int = 0
    #: The last thing that went wrong and when, kept also when all is well again.
    last_error: str = ""
    last_error_at: datetime | None = None
    #: From the last look that succeeded.
    report: BridgeReport = BridgeReport()
    #: When somebody last began to compare what is there with what the store says.
    swept_at: datetime | None = None

    def after_success(self, report: BridgeReport, now: datetime) -> "BridgeHealth":
        """What is known once a look has succeeded."""
        since = self.reachable_since if self.is_reachable else now
        return replace(
            self, is_reachable=True, reachable_since=since, checked_at=now, failures=0, report=report
        )

    def after_failure(self, error: str, now: datetime, *, is_certain: bool) -> "BridgeHealth":
        """What is known once a look has failed.

        Args:
            error: what went wrong, as a sentence.
            now: the present.
            is_certain: whether once is enough. Otherwise a bridge that was well is given a second chance:
                one lost packet is no outage.
        """
        failures = self.failures + 1
        is_reachable = self.is_reachable is True and failures == 1 and not is_certain
        return replace(
            self,
            is_reachable=is_reachable,
            reachable_since=self.reachable_since if is_reachable else None,
            checked_at=now,
            failures=failures,
            last_error=error,
            last_error_at=now,
        )


def is_unreachable(bridge: Bridge, healths: Iterable[BridgeHealth]) -> bool:
    """Whether neither address of a bridge answers; until somebody has looked, it counts as answering.

    Args:
        bridge: the bridge.
        healths: of its addresses; those of other bridges do not count.
    """
    seen = [health.is_reachable for health in healths if health.bridge_id == bridge.id]
    return bool(seen) and all(is_reachable is False for is_reachable in seen)


def address_in_use(bridge: Bridge, healths: Iterable[BridgeHealth]) -> BridgeAddress:
    """Where to drive a meeting that is about to start on this bridge.

    The main address, unless it is known to be down and the alternate one is not. A meeting that is on
    already stays with the address where it was started: nobody is moved.

    Args:
        bridge: the bridge.
        healths: of its addresses; those of other bridges do not count.

    Source: integration guide, Configure, step 6.
    """
    seen = {health.address: health.is_reachable for health in healths if health.bridge_id == bridge.id}
    is_main_down = seen.get(BridgeAddress.MAIN) is False
    if bridge.alternate_url and is_main_down and seen.get(BridgeAddress.ALTERNATE) is not False:
        return BridgeAddress.ALTERNATE
    return BridgeAddress.MAIN


def pause_before_next_look(health: BridgeHealth, every: timedelta, chance: float) -> timedelta:
    """How long to wait before the next look: soon after the first failure, then less and less often.

    Args:
        health: as the last look found it.
        every: the pause between two looks at a bridge that is well.
        chance: a random number in [0, 1) that spreads the looks; it shortens the pause by up to a quarter.
    """
    pause = every
    if health.failures:
        longest = max(every, _LONGEST_PAUSE)
        pause = min(min(every, _FIRST_PAUSE) * (1 << min(health.failures - 1, 10)), longest)
    return pause * (1 - chance / 4)
