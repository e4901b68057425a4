"""Random histories of bookings over SOAP, and the law that what is read and saved back changes nothing."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import zeep
from fakes import create_client
from lxml import etree
from office import Office, external, system, wire
from series_book import exception, pattern
from soap_client import BOOKING, elements
from sqlalchemy import text
from test_soap_zeep import WSDL, InProcess

from tmsba.domain import errors as e
from tmsba.domain.time.zone_rules import rules_for_zone
from tmsba.soap.translation.conference_file import conferences_in_file, version_in_file
from tmsba.soap.translation.series_out import zone_rules_out

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ZONES = ("America/New_York", "Asia/Tokyo", "Europe/Oslo", "Australia/Sydney", "UTC")
#: What may be said of something that cannot be changed at all.
UNCHANGEABLE = {e.ConferenceIsDeleted.code, e.CannotBookInThePast.code}
#: What a save counts up and hands out anew, whatever it changes.
_COUNTED = ("version", "transaction_id", "Version", "TransactionId")
#: What is decided anew with every save of what could not be booked before.
_ROUTED = ("state", "bridge_id", "space_id", "space_number", "join_uri", "join_url", "space_secret")
_TABLES = (
    "conference",
    "occurrence",
    "participant",
    "detached_date",
    "system_reservation",
    "space_reservation",
)


@cache
def _zeep_client() -> zeep.Client:
    return zeep.Client(str(WSDL / "bookingservice.wsdl"), transport=InProcess(None))


def zeep_service(office: Office, version: int) -> Any:
    """A SOAP client that makes objects of its own of what it reads."""
    client = _zeep_client()
    client.transport.client = office
    header = client.get_element("ns0:ExternalAPIVersionSoapHeader")
    session = f"office {office.now:%Y-%m-%d %H:%M}"
    client.set_default_soapheaders([header(ClientVersionIn=version, ClientSession=session)])
    return client.bind("BookingService", "BookingServiceSoap")


def tag(name: str) -> str:
    return f"{{{BOOKING}}}{name}"


def moment(value: str) -> datetime:
    return datetime.strptime(value, "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=UTC)


def set_child(parent: Any, name: str, value: str | None) -> None:
    """Give an element of a conference another text; ``None`` takes it out."""
    child = parent.find(tag(name))
    if value is None:
        if child is not None:
            parent.remove(child)
        return
    if child is None:
        child = etree.SubElement(parent, tag(name))
    for inner in list(child):
        child.remove(inner)
    child.text = value


@dataclass
class History:
    """A client that does random things, and after each of them checks the law."""

    office: Office
    random: Random
    story: list[str] = field(default_factory=list)
    #: Every conference that a save has answered or a list has shown.
    ids: list[int] = field(default_factory=list)
    #: How many objects were read and saved back.
    round_trips: int = 0

    # ------------------------------------------------------------------ what a history does

    def begin(self) -> None:
        """Give the id 1 to a conference: a deleted series is read with a negative id, and -1 is a new one."""
        while not self.ids:
            self.book_single()
            self._learn()

    def step(self) -> None:
        """Do one thing; the server may refuse it."""
        deeds: list[Callable[[], None]] = [self.let_time_pass]
        deeds += [self.book_single] * 2 + [self.book_series] * (4 if len(self.ids) < 12 else 1)
        if self.ids:
            deeds += [self.move_series] * 5 + [self.change_series] * 4 + [self.change_occurrence] * 5
            deeds += [self.delete_occurrence, self.delete_occurrence, self.end_occurrence, self.delete_whole]
            deeds += [self.let_time_pass] * 3
        self.random.choice(deeds)()
        self._learn()

    def book_single(self) -> None:
        start = self._start()
        self._save(self._new(start, self._length()), f"single at {wire(start)}")

    def book_series(self) -> None:
        start, length = self._start(), self._length()
        frequency, more = self._rule(start)
        said = self._exceptions(start, length) if self.random.random() < 0.3 else None
        recurrence = pattern(frequency, exceptions=said, **more)
        zone = self._zone() if self.random.random() < 0.8 else ""
        self._save(self._new(start, length) + recurrence + zone, f"{frequency} at {wire(start)} {more}")

    def move_series(self) -> None:
        read = self._read(self._pick(), whole=True)
        if read is None:
            return
        shift = self.random.choice((-1, 1)) * self.random.choice(
            (30 * MINUTE, HOUR, 3 * HOUR, 11 * HOUR, DAY, 7 * DAY, 28 * DAY, 31 * DAY)
        )
        longer = self.random.choice((0, 0, 0, 1)) * 30 * MINUTE
        self._shift(read, shift, longer)
        how = self.random.choice(("whole", "without exceptions", "with none", "without a pattern"))
        recurrence = read.find(tag("RecurrencePattern"))
        if how == "without a pattern":
            set_child(read, "RecurrencePattern", None)
        elif recurrence is not None and how != "whole":
            set_child(recurrence, "Exceptions", None if how == "without exceptions" else "")
        self._send(read, f"moved by {shift}, {longer} longer, {how}")

    def change_series(self) -> None:
        read = self._read(self._pick(), whole=True)
        if read is None:
            return
        kind = self.random.choice(("title", "people", "zone", "count", "text", "times kept"))
        recurrence = read.find(tag("RecurrencePattern"))
        if kind == "title":
            set_child(read, "Title", self._title())
        elif kind == "people":
            self._put(read, f"<Participants>{self._people()}</Participants>")
        elif kind == "zone":
            self._put(read, self._zone())
        elif kind == "count" and recurrence is not None:
            set_child(recurrence, "PatternEndType", "EndByInstances")
            set_child(recurrence, "PatternInstances", str(self.random.randint(1, 8)))
        else:
            set_child(read, "UserMessageText", self.random.choice(("", "Bring cake", "Two\nlines")))
            set_child(read, "Location", self.random.choice(("", "Oslo")))
        if recurrence is not None and self.random.random() < 0.5:
            set_child(recurrence, "Exceptions", None)
        self._send(read, f"series with another {kind}")

    def change_occurrence(self) -> None:
        read = self._read(self._pick(), whole=False)
        if read is None:
            return
        shift = self.random.choice((0, 0, 1, -1, 3, 24, -24)) * 30 * MINUTE
        self._shift(read, shift, timedelta())
        if self.random.random() < 0.5:
            set_child(read, "Title", self._title())
        if self.random.random() < 0.3:
            self._put(read, f"<Participants>{self._people()}</Participants>")
        if self.random.random() < 0.4:
            set_child(read, "UserMessageText", self.random.choice(("", "Only today")))
            set_child(read, "Location", self.random.choice(("", "Bergen")))
        self._send(read, f"occurrence moved by {shift}", operation="SaveConferenceRecInstanceWithMode")

    def delete_occurrence(self) -> None:
        self._call("DeleteConferenceRecInstanceById", self._pick())

    def end_occurrence(self) -> None:
        going_on = self._rows(
            "SELECT id FROM occurrence WHERE start_at <= :now AND end_at > :now", now=self._stored_now()
        )
        self._call("EndConferenceById", going_on[0]["id"] if going_on else self._pick())

    def delete_whole(self) -> None:
        if self.random.random() < 0.4:
            self._call("DeleteConferenceById", self._pick())

    def let_time_pass(self) -> None:
        """Up to shortly before, into, or past a meeting; now and then a little back."""
        if self.random.random() < 0.1:
            self.office.now -= self.random.randint(1, 90) * MINUTE
        else:
            coming = self._rows(
                "SELECT start_at, end_at FROM occurrence WHERE end_at > :now AND state <> 'deleted'"
                " ORDER BY start_at LIMIT 4",
                now=self._stored_now(),
            )
            if not coming:
                self.office.now += DAY
            else:
                start, end = (_stored_moment(value) for value in self.random.choice(coming).values())
                into = start + (end - start) * self.random.choice((-0.1, 0.3, 0.6, 1.2))
                self.office.now = max(self.office.now, into).replace(microsecond=0)
        self.story.append(f"it is {wire(self.office.now)}")

    # ------------------------------------------------------------------ the law

    def check(self) -> None:
        """Read something as a client of some version and save it back: nothing changes."""
        if not self.ids:
            return
        version = self.random.randrange(24)
        number, whole = self._pick(), self.random.random() < 0.7
        operation = "GetRecurrentConferenceById" if whole else "GetConferenceById"
        answer = self.office.call(operation, elements(ConferenceId=number), version=version)
        assert answer.status == 200, (answer.sentence, self.told())
        read = answer.all(f"{operation}Result")[0]
        self._saved_back(read, version, f"{operation}({number}) at {version}")

    def check_file(self) -> None:
        """What is explained as a file changes nothing, and is refused only if it cannot be changed."""
        version, number = self.random.randrange(24), self._pick()
        answer = self.office.call(
            "GetRecurrentConferenceById", elements(ConferenceId=number), version=version
        )
        told = int(answer.all("ConferenceId")[0].text)
        before, may_change = self.stored(), self._may_be_changed(told)
        client, booking = create_client(version=version_in_file(answer.body)), self.office.use_cases
        assert client.version == version
        try:
            for request in conferences_in_file(answer.body):
                booking.rehearse(self.office.callers["boss"], request, client)
        except e.TmsbaError as error:
            self._must_be_unchangeable(may_change, error.code, (number, version, str(error)))
        assert self.stored() == before, self.told()

    def check_zeep(self) -> None:
        """The same with a client that makes objects of its own of what it reads."""
        version, number = self.random.randrange(24), self._pick()
        service = zeep_service(self.office, version)
        read = service.GetRecurrentConferenceById(number).body.GetRecurrentConferenceByIdResult
        is_defective = self._is_defective(read.ConferenceId)
        before, may_change = self.stored(is_defective), self._may_be_changed(read.ConferenceId)
        try:
            service.SaveConferenceWithMode(read, "BestEffortForced" if is_defective else "Strict")
        except zeep.exceptions.Fault as fault:
            code = int(fault.detail.findtext(".//{*}errorcode"))
            self._must_be_unchangeable(may_change, code, (number, version, fault.message))
        after = self.stored(is_defective)
        assert after == before, (number, version, _differences(before, after), self.told())

    def _must_be_unchangeable(self, may_change: bool, code: int, told: tuple[Any, ...]) -> None:
        assert not may_change, (*told, self.told())
        assert code in UNCHANGEABLE, (*told, self.told())

    def _saved_back(self, read: Any, version: int, what: str) -> None:
        # Reading tells what is booked; only the mode that takes it saves what could not be booked.
        is_defective = self._is_defective(int(read.findtext(tag("ConferenceId"))))
        before, seen = self.stored(is_defective), self._told_as(read)
        may_change = self._may_be_changed(int(read.findtext(tag("ConferenceId"))))
        if read.find(tag("RecurrenceInstanceIdUTC")) is not None:
            # An occurrence that was deleted is not changed with its series.
            may_change = may_change and not self._is_deleted(int(read.findtext(tag("ConferenceId"))))
        mode = "BestEffortForced" if is_defective else "Strict"
        answer = self._post(read, "SaveConferenceWithMode", mode, version)
        if answer.status != 200:
            told = (what, answer.sentence, self.told(), etree.tostring(read).decode())
            self._must_be_unchangeable(may_change, answer.errorcodes[0], told)
        else:
            self.round_trips += 1
        after = self.stored(is_defective)
        assert after == before, (
            what,
            _differences(before, after),
            self.told(),
            etree.tostring(read).decode(),
        )
        operation = etree.QName(read).localname.removesuffix("Result")
        again = self.office.call(
            operation, elements(ConferenceId=abs(int(read.findtext(tag("ConferenceId"))))), version=version
        )
        assert self._told_as(again.all(f"{operation}Result")[0]) == seen, (what, self.told())

    def told(self) -> str:
        """The history so far, to repeat it by."""
        return "\n".join(self.story)

    def stored(self, is_defective: bool = False) -> dict[str, list[dict[str, Any]]]:
        """What is booked, without what every save counts up."""
        left_out = {*_COUNTED, *(_ROUTED if is_defective else ())}
        tables = [table for table in _TABLES if not (is_defective and "reservation" in table)]
        found = {}
        for table in tables:
            rows = [
                {key: value for key, value in row.items() if key not in left_out}
                for row in self._rows(f"SELECT * FROM {table}")
            ]
            keys = sorted({key for row in rows for key in row} - {"id"})
            rows = [
                row for row in rows if not (table.endswith("reservation") and row.pop("id", None) is False)
            ]
            found[table] = sorted(rows, key=lambda row: [str(row.get(key)) for key in keys])
        return found

    def _told_as(self, read: Any) -> bytes:
        read = copy.deepcopy(read)
        for name in (*_COUNTED, "ConferenceInfoText", "ConferenceInfoHtml", "ConferenceState"):
            for found in list(read.iter(tag(name))):
                found.getparent().remove(found)
        return etree.tostring(read)

    def _may_be_changed(self, number: int) -> bool:
        """Whether anything of it is to come or goes on, for whoever reads it as a whole."""
        [row] = self._rows("SELECT series_id, id FROM occurrence WHERE id = :id", id=abs(number))
        condition = "id = :id" if row["series_id"] is None else "series_id = :series"
        return bool(
            self._rows(
                f"SELECT id FROM occurrence WHERE {condition} AND state <> 'deleted' AND end_at > :now"
                " AND NOT is_cancelled",
                id=row["id"],
                series=row["series_id"],
                now=self._stored_now(),
            )
        )

    def _is_deleted(self, number: int) -> bool:
        return bool(self._rows("SELECT id FROM occurrence WHERE id = :id AND state = 'deleted'", id=number))

    def _is_defective(self, number: int) -> bool:
        query = (
            "SELECT id FROM occurrence WHERE state LIKE 'defective%' AND (id = :id OR series_id ="
            " (SELECT series_id FROM occurrence WHERE id = :id))"
        )
        return bool(self._rows(query, id=abs(number)))

    # ------------------------------------------------------------------ bits and pieces

    def _start(self) -> datetime:
        day = self.office.now.replace(hour=0, minute=0, second=0) + self.random.randint(0, 45) * DAY
        return day + self.random.choice((0, 1, 2, 5, 9, 12, 15, 20, 22, 23)) * HOUR

    def _length(self) -> timedelta:
        return self.random.choice((30 * MINUTE, HOUR, HOUR, 2 * HOUR, 5 * HOUR))

    def _title(self) -> str:
        return self.random.choice(("Review", "Stand-up", "Lunch", "A & B <c>"))

    def _people(self) -> str:
        rooms = "".join(system(number) for number in (1, 2, 4) if self.random.random() < 0.3)
        guests = self.random.choice(
            ("", "", external("SIP <-", "Guest"), external("SIP Tel ->", "x@example.com"))
        )
        return rooms + guests

    def _zone(self) -> str:
        rules = zone_rules_out(rules_for_zone(self.random.choice(ZONES), 2026, 2030))
        inner = "".join(f"<TimeZoneRule>{_written(rule)}</TimeZoneRule>" for rule in rules or ())
        return f"<ConferenceTimeZoneRules>{inner}</ConferenceTimeZoneRules>"

    def _new(self, start: datetime, length: timedelta) -> str:
        values = {"Title": self._title(), "UserMessageText": self.random.choice((None, "Bring cake"))}
        if self.random.random() < 0.5:
            values |= {
                "ExternalSourceId": "calendar",
                "ExternalPrimaryKey": f"key {self.random.randint(0, 5)}",
            }
        told = {"ConferenceId": -1, "StartTimeUTC": wire(start), "EndTimeUTC": wire(start + length), **values}
        inner = elements(**{name: value for name, value in told.items() if value is not None})
        return f"{inner}<Participants>{self._people()}</Participants>"

    def _rule(self, start: datetime) -> tuple[str, dict[str, Any]]:
        ends: dict[str, Any] = {"PatternInstances": self.random.randint(1, 7)}
        if self.random.random() < 0.3:
            ends = {
                "PatternEndType": "EndByDate",
                "PatternEndDateUTC": wire(start + self.random.randint(3, 40) * DAY),
            }
        frequency = self.random.choice(("Daily", "DailyWeekday", "Weekly", "Weekly", "Monthly"))
        more: dict[str, Any] = {"Interval": self.random.choice((1, 1, 2, 3))}
        if frequency == "Weekly" and self.random.random() < 0.7:
            names = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
            more["days"] = sorted(self.random.sample(names, self.random.randint(1, 3)))
            ends["FirstDayOfWeek"] = self.random.choice(names)
        if frequency == "Monthly":
            ends.pop("PatternEndDateUTC", None)
            ends = {**ends, "PatternEndType": "EndByInstances", "PatternInstances": self.random.randint(1, 4)}
            if self.random.random() < 0.5:
                ends["ByMonthDay"] = self.random.choice((1, 15, 28, 30, 31))
            else:
                ends["BySetPosition"] = self.random.choice((1, 2, -1))
                more["days"] = [self.random.choice(("Monday", "Thursday", "Sunday"))]
        return frequency, {**more, **ends}

    def _exceptions(self, start: datetime, length: timedelta) -> str:
        said = ""
        for day in self.random.sample(range(6), 2):
            kind = self.random.choice(("DELETE", "MODIFY", "ADD"))
            moved = start + day * DAY + (2 * HOUR if kind == "ADD" else 30 * MINUTE)
            times = elements(Title="Otherwise", StartTimeUTC=wire(moved), EndTimeUTC=wire(moved + length))
            data = {"DELETE": "", "ADD": times, "MODIFY": self.random.choice((times, elements(Title="Own")))}[
                kind
            ]
            said += exception(kind, None if kind == "ADD" else start + day * DAY, data)
        return said

    def _shift(self, read: Any, by: timedelta, longer: timedelta) -> None:
        set_child(read, "StartTimeUTC", wire(moment(read.findtext(tag("StartTimeUTC"))) + by))
        set_child(read, "EndTimeUTC", wire(moment(read.findtext(tag("EndTimeUTC"))) + by + longer))

    def _put(self, read: Any, content: str) -> None:
        """Replace an element by what is written."""
        new = etree.fromstring(f'<x xmlns="{BOOKING}">{content}</x>')[0]
        old = read.find(new.tag)
        if old is None:
            read.append(new)
        else:
            read.replace(old, new)

    def _pick(self) -> int:
        return self.random.choice(self.ids[-8:] if self.random.random() < 0.7 else self.ids)

    def _read(self, number: int, *, whole: bool) -> Any:
        operation = "GetRecurrentConferenceById" if whole else "GetConferenceById"
        answer = self.office.call(operation, elements(ConferenceId=number))
        return answer.all(f"{operation}Result")[0] if answer.status == 200 else None

    def _save(self, inner: str, what: str) -> None:
        body = f"<Conference>{inner}</Conference>{elements(BookingMode=self._mode())}"
        answer = self.office.call("SaveConferenceWithMode", body)
        self._tell(what, answer)

    def _send(self, read: Any, what: str, operation: str = "SaveConferenceWithMode") -> None:
        number = read.findtext(tag("ConferenceId"))
        self._tell(f"{number}: {what}", self._post(read, operation, self._mode(), 23))

    def _post(self, read: Any, operation: str, mode: str, version: int) -> Any:
        sent = copy.deepcopy(read)
        sent.tag = tag("Conference")
        body = etree.tostring(sent).decode() + elements(BookingMode=mode)
        return self.office.call(operation, body, version=version)

    def _mode(self) -> str:
        return self.random.choice(("Strict", "BestEffortForced", "BestEffortForced"))

    def _call(self, operation: str, number: int) -> None:
        self._tell(f"{operation}({number})", self.office.call(operation, elements(ConferenceId=number)))

    def _tell(self, what: str, answer: Any) -> None:
        is_refused = answer.status != 200
        self.story.append(f"{what}{': ' + answer.sentence if is_refused else ''}")
        assert not is_refused or answer.errorcodes[0] not in (-2147219500,), self.told()

    def _learn(self) -> None:
        self.ids = [row["id"] for row in self._rows("SELECT id FROM occurrence ORDER BY id")]

    def _rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        with self.office.store.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(query), values).mappings()]

    def _stored_now(self) -> Any:
        is_sqlite = self.office.store.engine.dialect.name == "sqlite"
        return self.office.now.strftime("%Y-%m-%d %H:%M:%S.%f") if is_sqlite else self.office.now


def _stored_moment(value: Any) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value


def _written(value: dict[str, Any]) -> str:
    """An object of the wire as XML."""
    inner = ""
    for name, entry in value.items():
        if isinstance(entry, dict):
            inner += f"<{name}>{_written(entry)}</{name}>"
        elif entry is not None:
            inner += elements(**{name: entry.isoformat() if isinstance(entry, datetime) else entry})
    return inner


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[Any]:
    """What differs, of rows with the same id only the columns that do."""
    told: list[Any] = []
    for table, rows in before.items():
        gone = [row for row in rows if row not in after[table]]
        new = [row for row in after[table] if row not in rows]
        for row in gone:
            other = next((one for one in new if "id" in one and one["id"] == row.get("id")), None)
            if other is None:
                told.append((table, "gone", _short(row)))
                continue
            new.remove(other)
            changed = {key: (row[key], other[key]) for key in row if row[key] != other[key]}
            told.append((table, row["id"], changed))
        told += [(table, "new", _short(row)) for row in new]
    return told


def _short(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("zone_rules", "pattern") and value}
