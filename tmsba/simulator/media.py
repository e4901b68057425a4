"""Load and bit rates of call legs, made up from their settings (CMS API reference, 8.3 and 10.13)."""

import math
from collections.abc import Iterable
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


@dataclass
class Totals:
    """Sums over the call legs of a bridge, kept up to date so that asking for them costs nothing.

    Attributes:
        load: Load units.
        streams: How many call legs send and receive.
        video_bps: The bit rate of all video one way, before it goes up and down.
    """

    load: int = 0
    streams: int = 0
    video_bps: int = 0


def weigh(bridge: "Bridge", leg: CallLeg) -> None:
    """Bring the totals up to date after a call leg has begun, changed or ended."""
    totals = bridge.totals
    load, streams, video = leg.weight
    totals.load, totals.streams, totals.video_bps = (
        totals.load - load,
        totals.streams - streams,
        totals.video_bps - video,
    )
    leg.weight = load, streams, video = _weight(bridge, leg)
    totals.load, totals.streams, totals.video_bps = (
        totals.load + load,
        totals.streams + streams,
        totals.video_bps + video,
    )


def weigh_all(bridges: "Iterable[Bridge]") -> None:
    """Bring the totals up to date after settings have changed that many call legs share."""
    for bridge in bridges:
        for leg in bridge.legs.values():
            weigh(bridge, leg)


def weigh_cluster(bridge: "Bridge") -> None:
    """Bring the totals of a bridge's whole cluster up to date."""
    weigh_all(bridge.cluster.bridges)


def video_bps(bridge: "Bridge", leg: CallLeg) -> int:
    """Return the bit rate of a call leg's video at this moment, 0 without video or on hold."""
    return _swinging(leg.weight[2], bridge.now() + leg.started)


def rates(bridge: "Bridge") -> tuple[int, int]:
    """Return the bit rates of all audio and of all video one way, in bits per second."""
    return bridge.totals.streams * AUDIO_BPS, _swinging(bridge.totals.video_bps, bridge.now())


def _weight(bridge: "Bridge", leg: CallLeg) -> tuple[int, int, int]:
    if leg.id not in bridge.legs:
        return 0, 0, 0
    if not leg.has_media:
        return _RINGING_LOAD, 0, 0
    video = video_of(bridge, leg)
    if leg.state == "onHold":
        return _AUDIO_LOAD, 0, 0
    if video is None:
        return _AUDIO_LOAD, 1, 0
    return video.load, 1, max(0, (leg.bandwidth_bps or _DEFAULT_BPS) - AUDIO_BPS)


def _swinging(rate: int, phase: float) -> int:
    swing = math.sin(phase / _SWING_SECONDS * 2 * math.pi)
    return round(rate * (1 - _SWING + _SWING * swing))
