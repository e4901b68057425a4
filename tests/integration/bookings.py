"""What tests of the booking rules ask of an office, and how they read its answers."""

from datetime import timedelta

from lxml import etree
from office import system, wire
from series_book import DAY, HOUR
from soap_client import BOOKING, elements

from tmsba.domain import errors as e
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials


def configure(office, **values):
    """Set conference settings by name."""
    with office.store.writing() as uow:
        for name, value in values.items():
            uow.settings.put(name, value)
        uow.commit()


def users(office):
    """All users by their bare names."""
    with office.store.reading() as uow:
        return {user.name: user for user in uow.users.all()}


def read(office, number, version=23):
    """The answer of GetConferenceById."""
    return office.call("GetConferenceById", elements(ConferenceId=number), version=version)


def plain(office, number):
    """The simple elements of a stored conference."""
    answer = read(office, number)
    assert answer.status == 200, answer.sentence
    return office.conference_in(answer)


def participants_of(office, number):
    """The elements of each participant by name."""
    found = read(office, number).all("Participant")
    return [{etree.QName(child).localname: child.text or "" for child in one} for one in found]


def refused(office, answer):
    """The documented error of a fault."""
    assert answer.status == 500
    return next(error for error in e.all_errors() if error.code == office.code(answer))


def listed(office, operation="GetConferencesForUser", status="All", systems=(1,), version=23, **more):
    """A list of a month to either side; of system 1 where systems are asked for."""
    period = {
        "StartTime": wire(office.now - 30 * DAY).replace(" ", "T"),
        "EndTime": wire(office.now + 30 * DAY).replace(" ", "T"),
        "ConferenceStatus": status,
        **more,
    }
    asked = systems if operation == "GetConferencesForSystems" else ()
    first = "".join(elements(SystemIds=number) for number in asked)
    answer = office.call(operation, first + elements(**period), version=version)
    assert answer.status == 200, answer.sentence
    return answer


def titles(answer):
    """The titles of a list, sorted."""
    return sorted(title.text for title in answer.all("Title"))


def at(office, offset, length=HOUR):
    """The times of a conference that starts after an offset."""
    return {"StartTimeUTC": wire(office.now + offset), "EndTimeUTC": wire(office.now + offset + length)}


def going_on(office, participants=None, **more):
    """A conference of an hour that started ten minutes ago."""
    saved = office.saved(system(1) if participants is None else participants, **at(office, HOUR), **more)
    office.now += HOUR + timedelta(minutes=10)
    return saved


def change(office, saved, participants=None, **more):
    """Save a conference again at its own times."""
    values = {
        "ConferenceId": saved["ConferenceId"],
        "Version": saved["Version"],
        "StartTimeUTC": saved["StartTimeUTC"],
        "EndTimeUTC": saved["EndTimeUTC"],
        **more,
    }
    inner = elements(**{name: value for name, value in values.items() if value is not None})
    if participants is not None:
        inner += f"<Participants>{participants}</Participants>"
    return office.call("SaveConference", f"<Conference>{inner}</Conference>")


def wrapped(office, inner, operation="SaveConference", version=23):
    """Save a conference in two hours from the text of its elements."""
    times = elements(ConferenceId=-1, **at(office, 2 * HOUR))
    return office.call(operation, f"<Conference>{times}{inner}</Conference>", version=version)


def zone_elements(office, name):
    """The rules of a zone, as the server gives them out."""
    found = office.call("GetTimeZoneRulesById", elements(idString=name)).all("TimeZoneRule")
    inner = "".join(etree.tostring(rule).decode() for rule in found)
    return f"<ConferenceTimeZoneRules>{inner}</ConferenceTimeZoneRules>"


def add_bridge(office, **more):
    """A second bridge with one number and without a web bridge."""
    values = {
        "id": 0,
        "name": "Bridge Two",
        "url": "https://cms2.example.com",
        "domain": "two.example.com",
        "numeric_id_base": 7,
        "numeric_id_quantity": 1,
        **more,
    }
    with office.store.writing() as uow:
        uow.bridges.add(Bridge(**values), BridgeCredentials(username="api", password="x"))
        uow.commit()


def forced(office, participants, **more):
    """Save a conference in two hours in the mode BestEffortForced."""
    values = elements(**{"ConferenceId": -1, **at(office, 2 * HOUR), **more})
    inner = f"<Conference>{values}<Participants>{participants}</Participants></Conference>"
    answer = office.call("SaveConferenceWithMode", inner + elements(BookingMode="BestEffortForced"))
    assert answer.status == 200, answer.sentence
    return answer


def transactions(office, since, **more):
    """Id, conference and type of each change after one."""
    answer = office.call("GetTransactionsSince", elements(CurrentTransactionId=since, **more))
    assert answer.status == 200, answer.sentence
    found = answer.all("Transaction")
    names = ("TransactionId", "ConferenceId", "TransType")
    return [tuple(row.findtext(f"{{{BOOKING}}}{name}") for name in names) for row in found]
