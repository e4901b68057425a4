"""What a client asks to be saved. Source: TMSBA guide, Conference and RecurrencePattern."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum
from typing import Any

from tmsba.domain.conference.details import Details
from tmsba.domain.conference.webex import WebExWish
from tmsba.domain.time.recurrence import RecurrencePattern
from tmsba.domain.time.time_zone import ZoneRules
from tmsba.domain.values import (
    Bandwidth,
    Choice,
    ConferenceType,
    ExtendMode,
    ParticipantKind,
    PictureMode,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerReference:
    """How a request names the owner. Source: TMSBA guide, Conference, OwnerId."""

    #: A user's id; -1 means: go by the user name; ``None`` or 0: go by the e-mail address.
    id: int | None = None
    user_name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    #: Whether a directory knows somebody by this name, so that a user may be made for them.
    is_in_directory: bool = False

    @property
    def names_somebody(self) -> bool:
        """Whether there is anything to look an owner up by."""
        return bool((self.id or 0) > 0 or self.user_name or self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedParticipant:
    """A participant as a client sends it: the id may be missing for external ones."""

    id: int | None
    kind: ParticipantKind
    name_or_number: str = ""
    email: str = ""
    #: Whether the client's API version has e-mail addresses.
    is_email_known: bool = True
    #: Kinds that the client's API version does not have, and in whose place it gets ``kind``.
    unseen_kinds: tuple[ParticipantKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceRequest:
    """What a client asks to be saved. ``None`` everywhere means: not said, or ``Default``.

    Source: TMSBA guide, Conference and SaveConferenceWithMode.
    """

    #: ``None``, 0 and negative numbers ask for a new conference.
    id: int | None = None
    version: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    owner: OwnerReference = field(default_factory=OwnerReference)
    participants: tuple[RequestedParticipant, ...] | None = None
    #: Which occurrence of a series is meant, where it is not named by its id.
    recurrence_id: datetime | None = None
    pattern: "RecurrencePattern | None" = None
    #: What differs on single dates; ``None`` leaves the overrides there are.
    overrides: "tuple[Override, ...] | None" = None
    #: What it says about WebEx, in the present or the legacy way.
    webex: WebExWish | None = None
    #: Blank: no external host; one that is stored is taken away.
    external_dial_string: str | None = None
    title: str | None = None
    type: ConferenceType | None = None
    bandwidth: Bandwidth | None = None
    isdn_bandwidth: Bandwidth | None = None
    ip_bandwidth: Bandwidth | None = None
    picture_mode: PictureMode | None = None
    encryption: Choice | None = None
    data_conference: Choice | None = None
    extend_mode: ExtendMode | None = None
    pin: str | None = field(default=None, repr=False)
    #: Never said: the contract has no place for it.
    host_pin: str | None = field(default=None, repr=False)
    billing_code: str | None = None
    is_isdn_restricted: bool | None = None
    email_to: str | None = None
    user_message: str | None = None
    external_source_id: str | None = None
    external_primary_key: str | None = None
    detached_source_id: str | None = None
    detached_primary_key: str | None = None
    language: str | None = None
    location: str | None = None
    invitees: str | None = None
    secret_code: str | None = field(default=None, repr=False)
    meeting_source: str | None = None
    privacy_flag: str | None = None
    bundle_id: str | None = None
    conf_owner_id: str | None = None
    is_recording_enabled: bool | None = None
    zone_rules: ZoneRules | None = None
    #: The fields of ``Details`` that the client's API version does not have, or for which it says
    #: ``Default``: they stay as they are, also where one date of a series differs from the others.
    kept: frozenset[str] = field(default=frozenset(), compare=False)
    #: Whether the client's API version has one bandwidth for all participants.
    has_one_bandwidth: bool = False

    def said_details(self) -> dict[str, Any]:
        """The fields of ``Details`` that the request says, by name; of WebEx it is the wish."""
        said = {f.name: getattr(self, f.name) for f in fields(Details)}
        return {name: value for name, value in said.items() if value is not None}


class OverrideKind(Enum):
    """What an override does to a series. Source: TMSBA guide, RecurrencePattern, Exceptions."""

    ADD = "add"
    MODIFY = "modify"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a client says about one date of a series (the wire's RecurrenceException)."""

    kind: OverrideKind
    #: The start by the pattern; ``None`` for an added date.
    recurrence_id: datetime | None = None
    #: What is to differ (ModifiedData).
    request: ConferenceRequest | None = None
