"""Books and reads series through SOAP, as a client does."""

from datetime import timedelta

from lxml import etree
from office import wire
from soap_client import BOOKING, elements

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def pattern(frequency="Daily", *, exceptions=None, days=(), **values):
    """A RecurrencePattern: three days unless ``values``, its elements by name, say otherwise."""
    inner = elements(FrequencyType=frequency, Interval=values.pop("Interval", 1))
    if days:
        inner += f"<DaysOfWeek>{''.join(f'<DayOfWeek>{day}</DayOfWeek>' for day in days)}</DaysOfWeek>"
    values = {"PatternEndType": "EndByInstances", "PatternInstances": 3, **values}
    inner += elements(**values)
    if exceptions is not None:
        inner += f"<Exceptions>{exceptions}</Exceptions>"
    return f"<RecurrencePattern>{inner}</RecurrencePattern>"


def exception(kind, recurrence_id=None, data=""):
    """A RecurrenceException; ``data`` are the elements that it changes."""
    inner = elements(ExceptionType=kind)
    if recurrence_id:
        inner += elements(RecurrenceIdUTC=wire(recurrence_id))
    if data:
        inner += f"<ModifiedData>{data}</ModifiedData>"
    return f"<RecurrenceException>{inner}</RecurrenceException>"


class Book:
    """A client of an office that books series; they start in two hours unless ``start`` is set."""

    def __init__(self, office):
        self.office = office
        self.start = office.now + 2 * HOUR

    def save(
        self, recurrence, participants=None, *, operation="SaveConference", mode=None, version=23, **values
    ):
        values = {
            "ConferenceId": -1,
            "StartTimeUTC": wire(self.start),
            "EndTimeUTC": wire(self.start + HOUR),
            **values,
        }
        inner = elements(**{k: v for k, v in values.items() if v is not None}) + recurrence
        if participants is not None:
            inner += f"<Participants>{participants}</Participants>"
        body = f"<Conference>{inner}</Conference>"
        if mode:
            operation, body = f"{operation}WithMode", body + elements(BookingMode=mode)
        return self.office.call(operation, body, version=version)

    def saved(self, recurrence, participants=None, **more):
        answer = self.save(recurrence, participants, **more)
        assert answer.status == 200, answer.sentence
        return self.simple(answer)

    def simple(self, answer):
        """The conference of an answer: its simple elements by name."""
        found = answer.all("ConferenceId")[0].getparent()
        return {etree.QName(child).localname: child.text or "" for child in found}

    def series(self, number):
        answer = self.office.call("GetRecurrentConferenceById", elements(ConferenceId=number))
        assert answer.status == 200, answer.sentence
        return answer

    def occurrence(self, number):
        return self.simple(self.office.call("GetConferenceById", elements(ConferenceId=number)))

    def ids(self):
        """All conferences that are not deleted, by their start."""
        listing = elements(UserName="", StartTime="2026-01-01T00:00:00Z", EndTime="2027-12-31T00:00:00Z")
        answer = self.office.call(
            "GetConferencesForUser", listing + elements(ConferenceStatus="AllExceptDeleted")
        )
        return {
            found.findtext(f"{{{BOOKING}}}StartTimeUTC"): int(found.findtext(f"{{{BOOKING}}}ConferenceId"))
            for found in answer.all("Conference")
        }

    def starts(self):
        return list(self.ids())

    def transactions(self, since=0):
        answer = self.office.call("GetTransactionsSince", elements(CurrentTransactionId=since))
        return [
            (int(t.findtext(f"{{{BOOKING}}}ConferenceId")), t.findtext(f"{{{BOOKING}}}TransType"))
            for t in answer.all("Transaction")
        ]
