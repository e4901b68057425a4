"""What was booked: the details of a conference and who takes part. Source: TMSBA guide, Conference."""

from dataclasses import dataclass, field

from tmsba.domain.conference.webex import WebEx
from tmsba.domain.time.time_zone import TimeZoneRule, ZoneRules
from tmsba.domain.values import (
    Bandwidth,
    Choice,
    ConferenceType,
    ExtendMode,
    ParticipantKind,
    PictureMode,
)

#: The zone of conferences that have none of their own.
UTC_RULES = ZoneRules((TimeZoneRule(id="UTC", display_name="(UTC) UTC", base_offset_minutes=0),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """An entry of the participant list. Source: TMSBA guide, Participant."""

    #: The system's id for systems; 1, 2, 3... within the conference for external participants.
    id: int
    kind: ParticipantKind
    #: A dial-in's name, the number to dial for a dial-out, the alias for a recording system.
    name_or_number: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """All that a booking says besides when, who and where: the same for every occurrence of a series.

    Source: TMSBA guide, Conference.
    """

    title: str = ""
    type: ConferenceType = ConferenceType.AUTOMATIC
    #: Deprecated by the guide, kept for old clients.
    bandwidth: Bandwidth = Bandwidth.KBPS_1920
    isdn_bandwidth: Bandwidth = Bandwidth.KBPS_384
    ip_bandwidth: Bandwidth = Bandwidth.KBPS_2048
    picture_mode: PictureMode = PictureMode.CONTINUOUS_PRESENCE
    encryption: Choice = Choice.IF_POSSIBLE
    data_conference: Choice = Choice.NO
    extend_mode: ExtendMode = ExtendMode.NONE
    #: The numeric PIN; blank for none.
    pin: str = field(default="", repr=False)
    #: The PIN of the hosts: while none of them is there, those who enter the other one wait. Blank: no hosts.
    host_pin: str = field(default="", repr=False)
    billing_code: str = ""
    is_isdn_restricted: bool = False
    email_to: str = ""
    user_message: str = ""
    external_source_id: str = ""
    external_primary_key: str = ""
    detached_source_id: str = ""
    detached_primary_key: str = ""
    #: A culture name such as ``en-US``.
    language: str = "en-US"
    location: str = ""
    invitees: str = ""
    secret_code: str = field(default="", repr=False)
    meeting_source: str = ""
    privacy_flag: str = ""
    bundle_id: str = ""
    conf_owner_id: str = ""
    is_recording_enabled: bool = False
    #: The SIP address of a host that is not ours, which everybody dials; blank for conferences of our own.
    external_dial_string: str = ""
    #: The WebEx meeting, or why there is none although one was asked for.
    webex: WebEx | None = None
    #: The rules that turn the conference's local times into instants; ``None``: UTC.
    zone_rules: ZoneRules | None = None

    @property
    def rules(self) -> ZoneRules:
        """The conference's zone; UTC for one that has none."""
        return self.zone_rules or UTC_RULES

    @property
    def is_externally_hosted(self) -> bool:
        """Whether somebody else's host takes the place of a bridge. Source: TMSBA guide, ExternallyHosted."""
        return bool(self.external_dial_string)

    @property
    def has_webex(self) -> bool:
        """Whether there is a WebEx meeting, which is one that a client has made and brought."""
        return self.webex is not None and self.webex.is_owned_externally
