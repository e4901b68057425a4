"""Load and bit rates of call legs, made up from their settings (CMS API reference, 8.3 and 10.13)."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tmsba.simulator.prevailing import leg_value
from tmsba.simulator.records import CallLeg

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge

AUDIO_BPS = 64_000
_DEFAULT_BPS = 2_000_000
# A leg that rings takes a little already.
_RINGING_LOAD = 20
_AUDIO_LOAD = 50
# Rates go up and down by this share, over this time.
_SWING = 0.04
_SWING_SECONDS = 11.0


@dataclass(frozen=True)
class Video:
    """A picture format.

    Attributes:
        width: Pixels.
        height: Pixels.
        load: Load units it takes to process.
        least_bps: The least bit rate it is used with.
    """

    width: int
    height: int
    load: int
    least_bps: int


_FORMATS = (Video(1920, 1080, 1000, 2_500_000), Video(1280, 720, 500, 900_000), Video(848, 480, 250, 0))
_ALLOWED = {"max720p30": _FORMATS[1:], "max480p30": _FORMATS[2:]}


def video_of(bridge: "Bridge", leg: CallLeg) -> Video | None:
    """Return the picture format of a call leg, or None when it has sound only."""
    if leg_value(bridge, leg, "videoMode") == "disabled":
        return None
    allowed = _ALLOWED.get(leg_value(bridge, leg, "qualityMain") or "", _FORMATS)
    rate = leg.bandwidth_bps or _DEFAULT_BPS
    return next(video for video in allowed if rate >= video.least_bps)


def load_of(bridge: "Bridge", leg: CallLeg) -> int:
    """Return the load units of a call leg."""
    if not leg.has_media:
        return _RINGING_LOAD
    video = video_of(bridge, leg)
    return video.load if video and leg.state == "connected" else _AUDIO_LOAD


def total_load(bridge: "Bridge") -> int:
    """Return the load units of all call legs of a bridge."""
    return sum(load_of(bridge, leg) for leg in bridge.legs.values())


def video_bps(bridge: "Bridge", leg: CallLeg) -> int:
    """Return the bit rate of a call leg's video at this moment, 0 without video or on hold."""
    if leg.state != "connected" or video_of(bridge, leg) is None:
        return 0
    rate = (leg.bandwidth_bps or _DEFAULT_BPS) - AUDIO_BPS
    phase = (bridge.now() + leg.started) / _SWING_SECONDS * 2 * math.pi
    return max(0, round(rate * (1 - _SWING + _SWING * math.sin(phase))))


def totals(bridge: "Bridge") -> tuple[int, int]:
    """Return the bit rates of all audio and of all video one way, in bits per second."""
    connected = [leg for leg in bridge.legs.values() if leg.state == "connected"]
    return len(connected) * AUDIO_BPS, sum(video_bps(bridge, leg) for leg in connected)
