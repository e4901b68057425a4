"""The live values of a call leg (CMS API reference, 8.3.5 and 17.1.2)."""

from tmsba.simulator import media
from tmsba.simulator.objects import Bridge
from tmsba.simulator.prevailing import leg_value
from tmsba.simulator.records import CallLeg
from tmsba.simulator.xml import Fields, Value


def layout_of(bridge: Bridge, leg: CallLeg) -> str:
    """Return the layout in force for a call leg."""
    space = bridge.spaces.get(bridge.calls[leg.call].space or "")
    of_space = space.values.get("defaultLayout") if space else None
    chosen = leg.values.get("chosenLayout") or leg.values.get("defaultLayout")
    return chosen or of_space or leg_value(bridge, leg, "defaultLayout") or "automatic"


def status_of(bridge: Bridge, leg: CallLeg) -> Fields:
    """Return what is shown of a call leg at this moment."""
    fields: list[tuple[str, Value]] = [
        ("state", leg.state),
        ("durationSeconds", int(bridge.now() - leg.started)),
        ("direction", "incoming" if leg.incoming else "outgoing"),
        ("sipCallID", f"{leg.id}@simulator.example.com"),
        ("groupID", leg.participant),
        ("deactivated", True if leg.deactivated else None),
    ]
    return [*fields, *_media(bridge, leg)] if leg.has_media else fields


def _media(bridge: Bridge, leg: CallLeg) -> Fields:
    layout = layout_of(bridge, leg)
    encrypted = leg_value(bridge, leg, "sipMediaEncryption") == "required"
    streams: Fields = _streams(bridge, leg) if leg.state == "connected" and not leg.deactivated else []
    return [
        ("encryptedMedia", encrypted),
        ("unencryptedMedia", not encrypted),
        ("cipherSuite", "AEAD_AES_256_GCM" if encrypted else None),
        ("layout", layout),
        ("activeLayout", layout),
        ("availableVideoStreams", len(bridge.calls[leg.call].legs) - 1),
        ("cameraControlAvailable", True),
        ("confirmationStatus", "notRequired"),
        *streams,
    ]


def _streams(bridge: Bridge, leg: CallLeg) -> Fields:
    def is_muted(name: str) -> bool:
        return leg_value(bridge, leg, name) == "true"

    quality: Fields = [("packetLossPercentage", "0.0"), ("jitter", 2)]
    audio: Fields = [("codec", "aac"), *quality]
    fields: list[tuple[str, Value]] = []
    for name in ("rxAudio", "txAudio"):
        rate = 0 if is_muted(f"{name}Mute") else media.AUDIO_BPS
        fields.append((name, [*audio, ("bitRate", rate)]))
    video = media.video_of(bridge, leg)
    if video is not None:
        size: Fields = [("width", video.width), ("height", video.height), ("frameRate", "30.0")]
        for name in ("rxVideo", "txVideo"):
            rate = 0 if is_muted(f"{name}Mute") else media.video_bps(bridge, leg)
            fields.append((f"{name} role=main", [("codec", "h264"), *size, *quality, ("bitRate", rate)]))
    return fields
