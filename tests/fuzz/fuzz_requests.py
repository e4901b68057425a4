"""Valid requests of every operation, with values that reach far into the server."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from fuzz_schema import Member, Service
from lxml import etree

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
CONTENT_TYPES = {SOAP11: "text/xml; charset=utf-8", SOAP12: "application/soap+xml; charset=utf-8"}
SYSTEMS = (1, 2, 3, 4, 1009)
#: Times and ids are drawn from few values, so that requests meet what others have left, and so that what is
#: stored does not grow for ever.
_SLOTS = 40
_IDS = 60
_SESSION = "11111111-2222-3333-4444-555555555555"
_LIKELY = ("Title", "StartTimeUTC", "EndTimeUTC", "Participants", "NameOrNumber")
#: What many servers refuse.
_UNLIKELY = ("RecurrencePattern", "ExternalConference", "OwnerUserName")
#: What is stored comes from saves alone, and they have the most to read.
_WEIGHTS = {"SaveConference": 14, "SaveConferenceWithMode": 14, "SaveConferences": 4}
#: Elements whose values are those of another one.
_SAME = {
    "FirstOccurrenceRecInstanceIdUTC": "StartTimeUTC",
    "Id": "idString",
    "SystemId": "SystemIds",
    "TMSSystemId": "SystemIds",
    "UserName": "OwnerUserName",
    "primSys": "SystemIds",
}
#: How deep types lie inside each other at most.
_DEPTH = 7


@cache
def first_slot() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)


def _wire(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Requests:
    """Makes requests out of a generator of random numbers."""

    def __init__(self, random: Random, service: Service) -> None:
        self._random = random
        self._service = service
        self._depth = 0
        self._by_name = self._values()
        self._slot = first_slot() + timedelta(hours=random.randrange(_SLOTS))

    def envelope(self, soap: str) -> Any:
        """A request of some operation, as a tree."""
        operations = self._service.operations
        weights = [_WEIGHTS.get(operation.name, 2) for operation in operations]
        operation = self._random.choices(operations, weights)[0]
        root = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
        if operation.headers and self._random.random() < 0.9:
            header = etree.SubElement(root, f"{{{soap}}}Header")
            for name in operation.headers:
                self._fill(self._own(header, name), self._service.types[name], 0)
        body = etree.SubElement(root, f"{{{soap}}}Body")
        message = self._own(body, operation.name)
        self._fill(message, self._service.messages[operation.name], 0)
        return root

    def _own(self, parent: Any, name: str) -> Any:
        namespace = self._service.namespace
        return etree.SubElement(parent, f"{{{namespace}}}{name}", nsmap={None: namespace})

    def _fill(self, element: Any, members: tuple[Member, ...], depth: int) -> None:
        for member in members:
            times = self._random.choice((1, 1, 2, 3)) if member.is_repeated else 1
            if depth == 0 or member.is_required or self._is_wanted(member, depth):
                for _ in range(times):
                    self._member(element, member, depth)

    def _is_wanted(self, member: Member, depth: int) -> bool:
        if depth >= _DEPTH:
            return False
        if member.is_repeated or member.name in _LIKELY:
            return self._random.random() < 0.95
        return self._random.random() < (0.05 if member.name in _UNLIKELY else 0.2)

    def _member(self, parent: Any, member: Member, depth: int) -> None:
        element = etree.SubElement(parent, f"{{{self._service.namespace}}}{member.name}")
        self._depth = depth
        members = self._service.types.get(member.type_name)
        if members is not None:
            self._fill(element, members, depth + 1)
        else:
            element.text = self.value(member)

    def value(self, member: Member) -> str:
        """A value that makes sense for an element."""
        by_name = self._by_name.get(_SAME.get(member.name, member.name))
        if by_name is not None:
            return str(by_name())
        if member.type_name in self._service.values:
            return self._random.choice(self._service.values[member.type_name])
        by_type = {
            "boolean": lambda: self._pick("true", "false", "1", "0"),
            "dateTime": lambda: _iso(self._slot + timedelta(hours=self._random.randrange(-99, 99))),
            "string": lambda: self._pick("", "text", "Grüße", "a@example.com", "4711"),
        }
        return by_type.get(member.type_name, lambda: str(self._random.randrange(5)))()

    def _pick(self, *values: Any) -> Any:
        return self._random.choice(values)

    def _later(self, **step: int) -> str:
        return _wire(self._slot + timedelta(**step))

    def _conference_id(self) -> int:
        one = self._random.randrange(1, _IDS)
        return self._pick(-1, -1, -1, 0, one) if self._depth else one

    def _values(self) -> Mapping[str, Callable[[], Any]]:
        """What makes the values of elements, by their names."""
        return {
            "ClientVersionIn": lambda: self._pick(23, 23, 23, 22, 15, 13, 8, 0),
            "ClientLanguage": lambda: self._pick("en-US", "de-DE", "zh-CN", "ja", "nonsense"),
            "ClientSession": lambda: _SESSION,
            "ConferenceId": self._conference_id,
            "CurrentTransactionId": lambda: self._pick(0, 1, 100, 10_000),
            "DataConference": lambda: self._pick("No", "No", "No", "Yes", "Default"),
            "EndTime": lambda: _iso(self._slot + timedelta(hours=self._random.randrange(50))),
            "EndTimeUTC": lambda: self._later(minutes=30),
            "NameOrNumber": lambda: self._pick("Room 5", "b@example.com", "12345"),
            "OwnerId": lambda: self._pick(0, 0, 1, 2),
            "OwnerUserName": lambda: self._pick("", "admin", "EXAMPLE\\anna"),
            "ParticipantCallType": lambda: self._pick(
                "TMS", "TMS", "SIP <-", *self._service.values["ParticipantType"]
            ),
            "ParticipantId": lambda: self._pick(0, 1, *SYSTEMS),
            "Password": lambda: self._pick("", "4711"),
            "PatternEndDateUTC": lambda: self._later(days=self._random.randrange(9)),
            "RecurrenceIdUTC": lambda: self._later(days=self._random.randrange(3)),
            "StartTime": lambda: _iso(self._slot - timedelta(hours=self._random.randrange(50))),
            "StartTimeUTC": self._later,
            "SystemIds": lambda: self._pick(*SYSTEMS),
            "Version": lambda: self._random.randrange(4),
            "idString": lambda: self._pick("W. Europe Standard Time", "Europe/Berlin", "UTC", "Nowhere"),
        }
