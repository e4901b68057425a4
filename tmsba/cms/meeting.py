"""How a meeting is held, in a bridge's words: what a space, a call, a call leg and a profile can be given.

What is left out stays as it is on the bridge. The fields of a request follow the order of the attributes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

#: The call profile of the numbered spaces (integration guide, Adding CMS to TMS).
PARTICIPANT_LIMIT = 1000
USUAL_CALL_PROFILE = {"participantLimit": str(PARTICIPANT_LIMIT), "messageBoardEnabled": "false"}
#: Their call leg profile.
USUAL_LEG_PROFILE = {
    "defaultLayout": "telepresence",
    "changeLayoutAllowed": "true",
    "presentationContributionAllowed": "true",
    "presentationViewingAllowed": "true",
    "muteSelfAllowed": "true",
    "videoMuteSelfAllowed": "true",
}
#: How the names of profiles begin that we make for some meetings.
_OURS = "tmsba"


class Encryption(StrEnum):
    """Whether the media of a SIP call are encrypted (CMS API reference, 8.4.3, sipMediaEncryption)."""

    REQUIRED = "required"
    PROHIBITED = "prohibited"


class Quality(StrEnum):
    """The best picture that is negotiated (CMS API reference, 8.4.3, qualityMain; from version 2.2)."""

    HD_720 = "max720p30"
    SD_480 = "max480p30"


class Role(StrEnum):
    """What somebody is in a meeting that has hosts."""

    #: Starts it by being there, and may end it and mute others.
    HOST = "host"
    #: Waits in the lobby while no host is there.
    GUEST = "guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceSettings:
    """What a space is given besides name, passcode and secret; blank unsets (CMS API reference, 6.2)."""

    default_layout: str | None = None
    call_leg_profile_id: str | None = None
    call_profile_id: str | None = None
    #: What the records of its calls are marked with; up to 100 characters.
    cdr_tag: str | None = None

    def without_profiles(self) -> "SpaceSettings":
        """The same with no profiles in the place of those it names."""
        return replace(
            self,
            call_leg_profile_id=None if self.call_leg_profile_id is None else "",
            call_profile_id=None if self.call_profile_id is None else "",
        )

    def fields(self) -> dict[str, str]:
        """As the fields of a request."""
        return _given(
            {
                "defaultLayout": self.default_layout,
                "callLegProfile": self.call_leg_profile_id,
                "callProfile": self.call_profile_id,
                "cdrTag": self.cdr_tag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """What a call starts with (CMS API reference, 8.1.2)."""

    #: Whether participants are muted when they join.
    is_joining_muted: bool | None = None
    #: Whether participants who need activation wait in the lobby.
    is_locked: bool | None = None

    def fields(self) -> dict[str, str]:
        """As the fields of a request."""
        return _given(
            {"joinAudioMuteOverride": _flag(self.is_joining_muted), "locked": _flag(self.is_locked)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LegOptions:
    """How one participant is dialled (CMS API reference, 8.3.2)."""

    #: Bits per second.
    bandwidth_bps: int | None = None
    #: Whether neither picture nor presentation is sent.
    is_audio_only: bool = False
    #: Tones to send once it is answered: digits, ``*``, ``#`` and commas for pauses.
    dtmf_sequence: str = field(default="", repr=False)
    #: Whether this participant never waits in the lobby, and lets in those who do.
    is_activator: bool = False

    def fields(self) -> dict[str, str]:
        """As the fields of a request."""
        bandwidth = None if self.bandwidth_bps is None else str(self.bandwidth_bps)
        audio = {"videoMode": "disabled", "presentationViewingAllowed": "false"}
        fields = {
            "bandwidth": bandwidth,
            "dtmfSequence": self.dtmf_sequence or None,
            "needsActivation": "false" if self.is_activator else None,
        }
        return _given(fields) | (audio if self.is_audio_only else {})


#: What their call leg profiles say (CMS API reference, 8.4.3 and 8.4.5).
_RIGHTS = {
    Role.HOST: {
        "needsActivation": "false",
        "endCallAllowed": "true",
        "muteOthersAllowed": "true",
        "videoMuteOthersAllowed": "true",
    },
    Role.GUEST: {"needsActivation": "true"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LegVariant:
    """In what a call leg profile differs from the usual one."""

    encryption: Encryption | None = None
    quality: Quality | None = None
    role: Role | None = None

    @property
    def name(self) -> str:
        """The profile's name on the bridge, by which it is known as ours."""
        parts = {"encryption": self.encryption, "quality": self.quality, "role": self.role}
        return " ".join([_OURS, *(f"{what}={value}" for what, value in parts.items() if value)])

    def fields(self) -> dict[str, str]:
        """As the fields of a request, besides those of the usual profile."""
        media = _given({"sipMediaEncryption": self.encryption, "qualityMain": self.quality})
        return {"name": self.name} | media | (_RIGHTS[self.role] if self.role else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallProfile:
    """What a call profile sets, as far as ours can be told from others by it (CMS API reference, 8.2.2)."""

    id: str
    participant_limit: int | None = None
    recording_mode: str | None = None
    streaming_mode: str | None = None
    is_locked: bool | None = None
    is_message_board_enabled: bool | None = None

    def is_ours(self, *, is_recording: bool) -> bool:
        """Whether it is what we make: call profiles have no name to know them by."""
        modes = {"automatic"} if is_recording else {None, "manual"}
        return (
            self.participant_limit == PARTICIPANT_LIMIT
            and self.recording_mode in modes
            and self.streaming_mode in (None, "manual")
            and not self.is_locked
            and not self.is_message_board_enabled
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LegProfile:
    """A call leg profile, as far as ours can be told from others (CMS API reference, 8.4.2)."""

    id: str
    name: str | None = None
    #: What it sets besides its name, by the bridge's names in small letters.
    values: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_variant(self) -> bool:
        """Whether it is a variant that we made."""
        return (self.name or "").startswith(f"{_OURS} ")

    def is_usual(self) -> bool:
        """Whether it is the one that `bridge prepare` makes: nameless, as in the traces."""
        usual = {name.lower(): value for name, value in USUAL_LEG_PROFILE.items()}
        return not self.name and self.values == usual


#: What meetings have that differ in nothing.
USUAL_SPACE = SpaceSettings()
USUAL_CALL = CallOptions()
USUAL_LEG = LegOptions()


def _flag(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()


def _given(fields: Mapping[str, str | None]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items() if value is not None}
