"""How a conference is held, in a bridge's words: what its booking and the settings ask for. Pure.

A conference with the values that the settings are delivered with asks for nothing: for it the bridge gets the
requests of the integration guide's traces, and its own profiles decide. All else is told (ADR 14).

Source: TMSBA guide, Conference (PictureMode, Encrypted, IPBandwidth, IsRecordingEnabled).
"""

from dataclasses import dataclass, field, replace

from tmsba.cms.meeting import (
    USUAL_CALL,
    CallOptions,
    Encryption,
    LegOptions,
    LegVariant,
    Quality,
    Role,
)
from tmsba.domain.conference.adjusting import Adjusted, Layout
from tmsba.domain.conference.details import Details
from tmsba.domain.routing.connections import WebExCall
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.values import Bandwidth, Choice, ParticipantKind, PictureMode, ProfileChoice

_LAYOUTS = {
    PictureMode.ENHANCED_CONTINUOUS_PRESENCE: Layout.ONE_PLUS_N,
    PictureMode.VOICE_SWITCHED: Layout.SPEAKER_ONLY,
}
_ENCRYPTION = {Choice.YES: Encryption.REQUIRED, Choice.NO: Encryption.PROHIBITED}
_CHOICES = {ProfileChoice.YES: True, ProfileChoice.NO: False}
_AUDIO_KINDS = frozenset(
    {
        ParticipantKind.IP_AUDIO_OUT,
        ParticipantKind.TELEPHONE_OUT,
        ParticipantKind.SIP_AUDIO_OUT,
        ParticipantKind.MOBILE_OUT,
    }
)
_DELIVERED = ConferenceSettings()
#: How the marks of spaces begin; the ConferenceId follows.
_MARK = "tmsba:"
#: What carries a picture of 1080 and of 720 lines; with less a bridge sends smaller ones.
_FULL_PICTURE = Bandwidth.KBPS_2048
_HD_PICTURE = Bandwidth.KBPS_1152


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSettings:
    """In what a conference differs from one with the delivered defaults."""

    layout: Layout | None = None
    #: What no space can be given by itself, only by a profile.
    leg_variant: LegVariant | None = None
    is_recorded: bool = False
    #: What the bridge's records of its calls are marked with; blank for nothing.
    mark: str = ""
    #: What hosts enter, while others wait for them; blank for no hosts.
    host_pin: str = field(default="", repr=False)
    #: What its call starts with.
    call: CallOptions = USUAL_CALL

    @property
    def adjusted(self) -> frozenset[Adjusted]:
        """What of its space has to be changed."""
        wanted = {
            Adjusted.LAYOUT: self.layout,
            Adjusted.LEG_PROFILE: self.leg_variant,
            Adjusted.CALL_PROFILE: self.is_recorded,
            Adjusted.MARK: self.mark,
            Adjusted.HOST_WAY: self.host_pin,
        }
        return frozenset(what for what, value in wanted.items() if value)

    @property
    def host_variant(self) -> LegVariant:
        """What the call legs of hosts have."""
        return replace(self.leg_variant or LegVariant(), role=Role.HOST)


def call_settings(details: Details, settings: ConferenceSettings, *, conference_id: int = 0) -> CallSettings:
    """What a conference asks of its space and its call."""
    variant = LegVariant(
        encryption=_ENCRYPTION.get(details.encryption),
        quality=_quality(details.ip_bandwidth),
        role=Role.GUEST if details.host_pin else None,
    )
    return CallSettings(
        layout=_LAYOUTS.get(details.picture_mode),
        leg_variant=None if variant == LegVariant() else variant,
        is_recorded=settings.record_on_bridge and details.is_recording_enabled,
        host_pin=details.host_pin,
        mark=f"{_MARK}{conference_id}" if settings.mark_spaces else "",
        call=CallOptions(
            is_joining_muted=_CHOICES.get(settings.mute_on_joining),
            is_locked=_CHOICES.get(settings.lock_conferences),
        ),
    )


def leg_options(kind: ParticipantKind, details: Details, *, is_recorder: bool = False) -> LegOptions:
    """What the bridge is told when it dials a participant.

    Who takes part by telephone gets no picture. ``Max`` is no bandwidth of its own: the bridge takes its own.
    Whoever is dialled is wanted there, and waits for no host; a recorder is nobody to start for.

    Source: TMSBA guide, ISDNBandwidth and IPBandwidth; Unused Values.
    """
    is_activator = bool(details.host_pin) and not is_recorder
    if kind in _AUDIO_KINDS:
        return LegOptions(is_audio_only=True, is_activator=is_activator)
    is_isdn = kind is ParticipantKind.ISDN_VIDEO_OUT
    wanted = details.isdn_bandwidth if is_isdn else details.ip_bandwidth
    usual = _DELIVERED.default_isdn_bandwidth if is_isdn else _DELIVERED.default_bandwidth
    is_told = wanted not in (usual, Bandwidth.MAX)
    return LegOptions(bandwidth_bps=wanted * 1000 if is_told else None, is_activator=is_activator)


def webex_options(call: WebExCall, details: Details) -> LegOptions:
    """What the bridge is told when it dials WebEx: a telephone, or a participant like others.

    Source: TMSBA guide, WebexTelephony.
    """
    kind = ParticipantKind.TELEPHONE_OUT if call.is_phone else ParticipantKind.SIP_VIDEO_OUT
    return replace(leg_options(kind, details), dtmf_sequence=call.dtmf_sequence)


def _quality(bandwidth: Bandwidth) -> Quality | None:
    """The best picture for those who dial in: a bridge cannot be told their bandwidth, only that."""
    if bandwidth is Bandwidth.MAX or bandwidth >= _FULL_PICTURE:
        return None
    return Quality.HD_720 if bandwidth >= _HD_PICTURE else Quality.SD_480
