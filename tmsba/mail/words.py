"""The words of a language in the information texts; another language is another object of this shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tmsba.domain.values import ParticipantKind
from tmsba.routing.connections import Connection, Direction


class Words(Protocol):
    """What a language has to provide."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Fixed words by their keys in the templates."""

    def date(self, moment: datetime) -> str:
        """A local date."""

    def time(self, moment: datetime) -> str:
        """A local time of day."""

    def duration(self, length: timedelta) -> str:
        """How long something lasts."""

    def kind(self, kind: ParticipantKind) -> str:
        """What somebody from outside is."""

    def system(self, system_id: int) -> str:
        """A system without a name."""

    def connection(self, connection: Connection, *, has_bridge: bool) -> str:
        """How a participant connects."""


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_LABELS = {
    "title": "Title",
    "when": "Time",
    "duration": "Duration",
    "join_uri": "Video address",
    "join_url": "Join in a browser",
    "pin": "PIN",
    "participants": "Participants",
    "conference_id": "Conference ID",
}


@dataclass(frozen=True, slots=True)
class English:
    """English, with the day before the month's name so that nobody can mistake one for the other."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Fixed words by their keys in the templates."""
        return _LABELS

    def date(self, moment: datetime) -> str:
        """A local date such as ``Thursday, 29 January 2026``."""
        # Not strftime: its names follow the process's locale.
        return f"{_WEEKDAYS[moment.weekday()]}, {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"

    def time(self, moment: datetime) -> str:
        """A local time of day such as ``14:05``."""
        return f"{moment.hour:02}:{moment.minute:02}"

    def duration(self, length: timedelta) -> str:
        """How long something lasts, such as ``1 hour 30 minutes``."""
        minutes = round(length.total_seconds() / 60)
        parts = [
            f"{count} {unit if count == 1 else f'{unit}s'}"
            for count, unit in ((minutes // 60, "hour"), (minutes % 60, "minute"))
            if count
        ]
        return " ".join(parts) or "0 minutes"

    def kind(self, kind: ParticipantKind) -> str:
        """What somebody from outside is, such as ``SIP video dial-in``."""
        *words, way = kind.value.split("-")
        if not kind.is_external:
            return kind.value.capitalize()
        first = words[0].upper() if words[0] in ("ip", "isdn", "sip") else words[0].capitalize()
        return " ".join([first, *words[1:], f"dial-{way}"])

    def system(self, system_id: int) -> str:
        """A system without a name."""
        return f"System {system_id}"

    def connection(self, connection: Connection, *, has_bridge: bool) -> str:
        """How a participant connects."""
        if not has_bridge or connection.direction is Direction.NOT_CONNECTED:
            return "not connected"
        if connection.direction is Direction.BRIDGE_DIALS:
            return f"the bridge dials {connection.address}"
        return "dials in"


ENGLISH: Words = English()
