"""The one table of the administrator's conference settings.

A field's name is the setting's key with underscores; its metadata holds the name that administrators know
and a sentence of help.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

from tmsba.domain.values import (
    Bandwidth,
    BillingCodes,
    BridgeUsage,
    Choice,
    ConferenceType,
    ExtendMode,
    FailoverMode,
    PictureMode,
    ProfileChoice,
)

_LONGEST_TEXT = 255
_LARGEST_NUMBER = 1_000_000


def _setting(
    default: Any, title: str, help_text: str, *, minimum: int = 0, maximum: int | None = None
) -> Any:
    """A setting.

    Args:
        default: its value until somebody sets it; says its type.
        title: what administrators know it as.
        help_text: a sentence.
        minimum: of a number.
        maximum: of a number, or the most characters of a text.
    """
    if maximum is None:
        maximum = _LONGEST_TEXT if isinstance(default, str) else _LARGEST_NUMBER
    metadata = {"title": title, "help": help_text, "minimum": minimum, "maximum": maximum}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceSettings:
    """What new conferences get and what bookings may do; every value has the documented default."""

    default_conference_title: str = _setting(
        "Meeting {start}", "Default Conference Title", "Title of a new conference; {start} is its start."
    )
    default_scheduled_call_duration: int = _setting(
        60,
        "Default Scheduled Call Duration (in minutes)",
        "How long a default conference lasts.",
        minimum=1,
        maximum=10_080,
    )
    default_reservation_type: ConferenceType = _setting(
        ConferenceType.AUTOMATIC, "Default Reservation Type for Scheduled Calls", "How conferences launch."
    )
    default_picture_mode: PictureMode = _setting(
        PictureMode.CONTINUOUS_PRESENCE, "Default Picture Mode", "What participants see."
    )
    default_bandwidth: Bandwidth = _setting(
        Bandwidth.KBPS_2048, "Default Bandwidth", "IP bandwidth in kbit/s."
    )
    default_isdn_bandwidth: Bandwidth = _setting(
        Bandwidth.KBPS_384, "Default ISDN Bandwidth", "ISDN bandwidth in kbit/s."
    )
    default_encryption: Choice = _setting(
        Choice.IF_POSSIBLE, "Set Conferences as Secure by Default", "Whether conferences are encrypted."
    )
    auto_generate_pin: bool = _setting(
        True,
        "Auto Generate PIN on New Conferences",
        "Whether a conference saved without a PIN gets a random one.",
    )
    pin_length: int = _setting(4, "PIN Length", "How many digits a generated PIN has.", minimum=4, maximum=63)
    host_pins: bool = _setting(
        False,
        "Host PINs on New Conferences",
        "Whether a new conference has a second PIN, for hosts; who enters the other one waits for a host.",
    )
    extend_mode: ExtendMode = _setting(
        ExtendMode.NONE, "Extend Mode", "What happens when a conference is about to end."
    )
    join_early: bool = _setting(
        True,
        "Allow Participants to Join 5 Minutes Early",
        "Whether a conference's space opens five minutes before its start, if it is free then.",
    )
    mute_on_joining: ProfileChoice = _setting(
        ProfileChoice.PROFILE,
        "Mute Participants on Joining",
        "Whether participants are muted when they join: yes, no, or what the bridge's profile says.",
    )
    lock_conferences: ProfileChoice = _setting(
        ProfileChoice.PROFILE,
        "Lock Conferences",
        "Whether participants who need activation wait in the lobby: yes, no, or what the bridge's profile "
        "says.",
    )
    record_on_bridge: bool = _setting(
        False,
        "Enable Conference Recording using Cisco Meeting Server",
        "Whether the bridge records conferences that are booked with IsRecordingEnabled.",
    )
    recording_address: str = _setting(
        "",
        "Recording Address",
        "Where the recording of such a conference is found; {id} is its ConferenceId, {number} its number, "
        "{space} the bridge's own id of its space, {date} the day of its start in UTC.",
    )
    mark_spaces: bool = _setting(
        False,
        "Mark Spaces with the Conference",
        "Whether a space has the cdrTag tmsba:<ConferenceId> while a conference holds it, so that other "
        "tools can match bookings with call detail records.",
    )
    call_attempts: int = _setting(
        3,
        "Scheduled Call Attempts",
        "How often a participant who does not answer is dialled.",
        minimum=1,
        maximum=10,
    )
    connection_timeout: int = _setting(
        60,
        "Connection Timeout (in seconds)",
        "How long a participant may ring before the call is given up.",
        minimum=10,
        maximum=600,
    )
    reconnect_ended_calls: bool = _setting(
        False,
        "Reconnect Ended Calls",
        "Whether a call that somebody ended early is started again and everybody dialled.",
    )
    show_end_warnings: bool = _setting(
        True,
        "Show In-Video Warnings About Conference Ending",
        "Whether participants see how many minutes are left.",
    )
    warning_minutes: str = _setting(
        "1,5",
        "Message Timing",
        "How many minutes before the end they see it, separated by commas.",
    )
    contact_information: str = _setting(
        "", "Contact Information to Extend Meetings", "What the warning says besides the minutes."
    )
    failover_mode: FailoverMode = _setting(
        FailoverMode.AT_START_OR_ACTIVE,
        "Automatic MCU Failover Mode",
        "Which conferences go to another node of the cluster when theirs does not answer.",
    )
    failover_threshold: int = _setting(
        60,
        "Automatic MCU Failover Threshold (in seconds)",
        "How long the node of an active conference must not have answered.",
        maximum=3600,
    )
    bridge_usage: BridgeUsage = _setting(
        BridgeUsage.ONLY_IF_NEEDED,
        "External MCU Usage in Routing",
        "Whether two systems alone, or one, get a bridge too.",
    )
    bridge_down_horizon: int = _setting(
        60,
        "Bridge Down Horizon (in Minutes)",
        "How soon a conference must start for it to count in routing that a bridge does not answer.",
        maximum=525_600,
    )
    zone_order: str = _setting(
        "",
        "IP Zone Order",
        "Which other IP zones are nearest to a zone, nearest first, such as Oslo > Bergen > London; Bergen > "
        "Oslo.",
        maximum=20_000,
    )
    billing_codes: BillingCodes = _setting(
        BillingCodes.OPTIONAL, "Billing Code for Scheduled Calls", "Whether conferences must have one."
    )
    known_billing_codes: str = _setting(
        "", "Billing Codes", "The codes that count where one is required, separated by blanks."
    )
    booking_window: int = _setting(
        365,
        "Booking Window (in Days)",
        "How many days ahead a conference may start.",
        minimum=1,
        maximum=3650,
    )
    most_participants: int = _setting(
        500,
        "Most Participants of a Conference",
        "How many participants a conference can be saved with.",
        minimum=1,
    )
    most_series_participants: int = _setting(
        5000,
        "Most Participants of a Series, Counted for Each Date",
        "How many participants the dates of a series can have in all; the conferences of one request too.",
        minimum=1,
    )
    most_conferences: int = _setting(
        100,
        "Most Conferences of a Request",
        "How many conferences one SaveConferences can save, each date of a series being one.",
        minimum=1,
    )
    server_time_zone: str = _setting(
        "UTC", "Server Time Zone", "Zone of series that clients before API version 11 book."
    )
    transaction_page_limit: int = _setting(
        1000,
        "Transaction Page Limit",
        "How many transactions one answer holds at most.",
        minimum=1,
        maximum=100_000,
    )
    enable_webex: bool = _setting(
        False,
        "Enable WebEx",
        "Whether clients may ask for WebEx that they do not own; where it is off DataConference If Possible "
        "asks for nothing.",
    )
    add_webex_to_all: bool = _setting(
        False,
        "Add WebEx To All Conferences",
        "Whether a default conference includes WebEx, for clients that make the meetings at the WebEx site.",
    )
    client_session_memory: int = _setting(
        120,
        "Client Session Memory (in Minutes)",
        "How long the id of a client session that is over stays refused.",
        maximum=10_080,
    )

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "ConferenceSettings":
        """The settings with stored values, by key, over the defaults; unknown keys are passed by."""
        known = {f.name: f for f in fields(cls)}
        parsed = {key: _parse(known[key], text) for key, text in values.items() if key in known}
        return cls(**parsed)


def find(name: str) -> Any:
    """The field of a setting, by its key or by the name administrators know, in any letter case.

    Raises:
        ValueError: there is no such setting.
    """
    wanted = name.strip().lower().replace("-", "_")
    for entry in fields(ConferenceSettings):
        if wanted in (entry.name, entry.metadata["title"].lower().replace("-", "_")):
            return entry
    known = ", ".join(key_of(entry.name) for entry in fields(ConferenceSettings))
    raise ValueError(f"there is no setting {name!r}; there are: {known}")


def key_of(field_name: str) -> str:
    """The key as the command line writes it."""
    return field_name.replace("_", "-")


def to_text(value: Any) -> str:
    """A setting's value as it is stored and shown."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value.value if isinstance(value, Enum) else value)


def check(name: str, text: str) -> tuple[str, str]:
    """The field name and stored text for a new value.

    Raises:
        ValueError: there is no such setting, or it does not take this value.
    """
    entry = find(name)
    return entry.name, to_text(_parse(entry, text.strip()))


def _parse(entry: Any, text: str) -> Any:
    kind = entry.type
    if kind is bool:
        if text.lower() not in ("yes", "no", "true", "false", "1", "0", "on", "off"):
            raise ValueError(f"{key_of(entry.name)} is Yes or No, not {text!r}")
        return text.lower() in ("yes", "true", "1", "on")
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _parse_choice(entry, kind, text)
    if kind is int:
        return _parse_number(entry, text)
    longest = entry.metadata["maximum"]
    if len(text) > longest:
        raise ValueError(f"{key_of(entry.name)} takes up to {longest} characters, not {len(text)}")
    return text


def _parse_choice(entry: Any, kind: type[Enum], text: str) -> Enum:
    for member in kind:
        if str(member.value) == text.lower():
            return member
    known = ", ".join(str(member.value) for member in kind)
    raise ValueError(f"{key_of(entry.name)} is one of {known}, not {text!r}")


def _parse_number(entry: Any, text: str) -> int:
    low, high = entry.metadata["minimum"], entry.metadata["maximum"]
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise ValueError(f"{key_of(entry.name)} is a whole number from {low} to {high}, not {text!r}")
    return int(text)
