"""The guide's chapters API Overview and Using the APIs, through SOAP."""

from dataclasses import replace

import pytest
from bookings import (
    add_bridge,
    at,
    change,
    configure,
    forced,
    listed,
    participants_of,
    plain,
    read,
    refused,
    titles,
    transactions,
    users,
)
from office import external, system, wire
from series_book import DAY, HOUR, exception, pattern
from soap_client import BOOKING, elements

from tmsba.domain import errors as e
from tmsba.domain.people.users import Permission

KEY = {"ExternalSourceId": "x", "ExternalPrimaryKey": "k"}
BY_KEY = elements(ExternalSourceId="x", ExternalConferenceId="k")


def permit(office, *permissions, user="anna"):
    """Log in as a user with exactly these permissions."""
    office.callers[user] = replace(office.callers[user], permissions=frozenset(permissions))
    office.user_name = user


# ------------------------------------------------------------------ Replication


def conference(**values):
    return f"<Conference>{elements(**values)}</Conference>"


def second(book):
    """The id of the second occurrence."""
    return list(book.ids().values())[1]


def retitled(book):
    return conference(ConferenceId=second(book), Version=1, Title="New")


def two_new_ones(book):
    times = (elements(**at(book.office, offset)) for offset in (HOUR, DAY))
    return "".join(f"<Conferences>{one}</Conferences>" for one in times)


def by_id(book):
    return elements(ConferenceId=second(book))


def by_key(book):
    return BY_KEY


def by_key_and_day(book):
    return BY_KEY + elements(RecurrenceIdUTC=wire(book.start + DAY))


def going_on(request):
    """A request made half an hour after the start of the second occurrence."""

    def later(book):
        book.office.now = book.start + DAY + HOUR / 2
        return request(book)

    return later


#: Each function that writes, and the types of the changes that it makes beside a series of three days.
WRITERS = {
    "SaveConference": (retitled, ["Updated"] * 3),
    "SaveConferenceWithMode": (retitled, ["Updated"] * 3),
    "SaveConferenceRecInstance": (retitled, ["Updated"]),
    "SaveConferenceRecInstanceWithMode": (retitled, ["Updated"]),
    "SaveConferences": (two_new_ones, ["New"] * 2),
    "DeleteConferenceById": (by_id, ["Deleted"] * 3),
    "DeleteConferenceRecInstanceById": (by_id, ["Deleted"]),
    "DeleteConferenceByExternalId": (by_key, ["Deleted"] * 3),
    "DeleteConferenceInstanceByExternaId": (by_key_and_day, ["Deleted"]),
    "EndConferenceById": (going_on(by_id), ["Updated"]),
    "EndConferenceByExternalId": (going_on(by_key_and_day), ["Updated"]),
}


@pytest.mark.parametrize("operation", WRITERS)
def test_every_function_that_writes_is_in_the_change_log(book, operation):
    write, types = WRITERS[operation]
    book.saved(pattern(), system(1), **KEY)
    answer = book.office.call(operation, write(book))
    assert answer.status == 200, answer.sentence
    assert [kind for _, kind in book.transactions(since=3)] == types


def test_a_client_that_goes_by_the_change_log_has_what_the_server_has(office):
    """Replication as the guide tells it: ask for changes, get each conference, note the last id."""
    mirror, last = {}, 0
    kept = office.saved(system(1), Title="Kept")
    gone = office.saved(system(2), Title="Gone")
    for step in range(3):
        for number, found, kind in transactions(office, last):
            last = number
            seen = plain(office, found)
            assert int(seen["TransactionId"]) >= int(number)
            mirror[found] = None if kind == "Deleted" else seen["Title"]
        if step == 0:
            assert mirror == {kept["ConferenceId"]: "Kept", gone["ConferenceId"]: "Gone"}
            change(office, kept, Title="Renamed")
            office.call("DeleteConferenceById", elements(ConferenceId=gone["ConferenceId"]))
    assert mirror == {kept["ConferenceId"]: "Renamed", gone["ConferenceId"]: None}


# ------------------------------------------------------------------ Versions


def test_a_client_of_any_version_may_send_every_value(office):
    inner = elements(
        ConferenceId=-1,
        ConferenceType="No Connect",
        ShowExtendOption="AutomaticBestEffort",
        **at(office, HOUR),
    )
    inner += "<IPBandwidth><Bandwidth>7b/448kbps</Bandwidth></IPBandwidth>"
    inner += f"<Participants>{external('SIP Tel <-', 'A guest')}</Participants>"
    saved = office.call("SaveConference", f"<Conference>{inner}</Conference>", version=0)
    assert saved.status == 200, saved.sentence
    assert saved.text("ConferenceType") == "Default"
    found = read(office, saved.text("ConferenceId"))
    assert found.text("ConferenceType") == "No Connect"
    assert found.text("ShowExtendOption") == "AutomaticBestEffort"
    assert found.text("ParticipantCallType") == "SIP Tel <-"
    assert found.all("IPBandwidth")[0].findtext(f"{{{BOOKING}}}Bandwidth") == "7b/448kbps"


@pytest.mark.parametrize("version", [0, 10])
def test_clients_before_version_11_send_and_get_times_in_utc(office, version):
    saved = office.save(system(1), version=version, **at(office, DAY))
    assert (saved.text("StartTimeUTC"), saved.text("EndTimeUTC")) == (
        wire(office.now + DAY),
        wire(office.now + DAY + HOUR),
    )
    local = office.save(system(2), version=version, StartTimeUTC="2026-01-29T15:00:00+01:00")
    assert refused(office, local) is e.InvalidDateTime


# ------------------------------------------------------------------ Rights


def test_each_user_who_logs_in_has_rights_of_their_own(office):
    own = {}
    for room, name in ((1, "boss"), (2, "anna"), (4, "guest")):
        office.user_name = name
        own[name] = office.save(system(room), Title=name).text("Status")
    assert own == {"boss": "Pending", "anna": "Pending", "guest": "MeetingRequest"}
    delete = elements(ConferenceId=1)
    assert refused(office, office.call("DeleteConferenceById", delete)) is e.PermissionMissing
    office.user_name = "anna"
    assert refused(office, office.call("DeleteConferenceById", delete)) is e.PermissionMissing
    office.user_name = "boss"
    assert office.call("DeleteConferenceById", delete).status == 200


@pytest.mark.parametrize("missing", [Permission.BOOK, Permission.APPROVE_MEETING])
def test_who_may_not_book_alone_makes_a_request_that_keeps_nothing_busy(office, missing):
    permit(office, *set(Permission) - {missing})
    assert office.save(system(1) + system(2)).text("Status") == "MeetingRequest"
    office.user_name = "boss"
    assert office.save(system(1)).text("Status") == "Pending"


def test_who_may_not_update_changes_not_even_what_is_their_own(office):
    permit(office, Permission.BOOK, Permission.APPROVE_MEETING)
    saved = office.saved(system(1))
    assert refused(office, change(office, saved, Title="Mine")) is e.PermissionMissing
    deleted = office.call("DeleteConferenceById", elements(ConferenceId=saved["ConferenceId"]))
    assert refused(office, deleted) is e.PermissionMissing


@pytest.mark.parametrize("operation", ["SaveConference", "DeleteConferenceById", "EndConferenceById"])
def test_conferences_of_others_need_the_permission_to_book_on_behalf(office, operation):
    saved = office.saved(system(1), **at(office, -HOUR, 3 * HOUR))
    more = {"ConferenceId": saved["ConferenceId"]}
    inner = conference(**more, Version=1, Title="Theirs") if "Save" in operation else elements(**more)
    permit(office, *set(Permission) - {Permission.BOOK_ON_BEHALF_OF})
    assert refused(office, office.call(operation, inner)) is e.PermissionMissing
    permit(office, *Permission)
    assert office.call(operation, inner).status == 200


def test_who_may_read_only_their_own_conferences_gets_no_others(office):
    others = office.saved(system(1))["ConferenceId"]
    permit(office, *set(Permission) - {Permission.READ_ALL_CONFERENCES})
    assert refused(office, read(office, others)) is e.NoAccessToConference
    assert read(office, office.saved(system(2))["ConferenceId"]).status == 200


def test_what_a_service_account_books_has_the_rights_of_the_account(office):
    """The owner's own rights do not count: the guest could only make a request."""
    saved = office.save(system(1), OwnerId=users(office)["guest"].id)
    assert saved.text("Status") == "Pending"
    assert saved.text("OwnerUserName") == "guest"


# ------------------------------------------------------------------ Booking


def test_who_saves_too_late_reads_again_and_saves_that(office):
    number = office.saved(system(1), Title="First")["ConferenceId"]
    mine, theirs = plain(office, number), plain(office, number)
    assert change(office, theirs, Location="Oslo").status == 200
    assert refused(office, change(office, mine, Title="Second")) is e.ConcurrentModification
    assert change(office, plain(office, number), Title="Second").status == 200
    stored = plain(office, number)
    assert (stored["Title"], stored["Location"], stored["Version"]) == ("Second", "Oslo", "3")


def test_a_conference_takes_one_number_on_one_bridge_however_many_take_part(office):
    add_bridge(office)
    many = system(1) + system(2) + system(4) + external("SIP <-") * 30
    uris = [office.saved(people)["JoinUri"] for people in (many, external("SIP <-"))]
    assert sorted(uris) == ["1@example.com", "7@two.example.com"]
    assert len(participants_of(office, 1)) == 33


def test_only_the_occurrence_without_a_route_is_defective(book):
    busy = {"StartTimeUTC": wire(book.start + DAY), "EndTimeUTC": wire(book.start + DAY + HOUR)}
    book.office.saved(external("SIP <-"), Title="Other", **busy)  # the only number
    book.saved(pattern(), system(1) + external("SIP <-"), mode="BestEffortForced", Title="Series")
    series = [n for n in book.ids().values() if plain(book.office, n)["Title"] == "Series"]
    found = [read(book.office, number) for number in series]
    assert [one.text("Status") for one in found] == ["Pending", "Defective", "Pending"]
    assert [bool(one.all("JoinUri")) for one in found] == [True, False, True]


def test_a_defective_conference_keeps_everything_that_was_asked_for(office):
    office.saved(system(1))
    asked = {
        "Title": "Second",
        "Password": "4711",
        "ConferenceType": "One Button To Push",
        "PictureMode": "Voice Switched",
        "Encrypted": "No",
        "Location": "Oslo",
        "UserMessageText": "Bring coffee",
        "EmailTo": "a@example.com",
        "ExternalSourceId": "x",
        "ExternalPrimaryKey": "k",
    }
    answer = forced(office, system(1) + external("SIP ->", "guest@example.com"), **asked)
    stored = plain(office, answer.text("ConferenceId"))
    assert {name: stored[name] for name in asked} == asked
    assert "JoinUri" not in stored
    people = participants_of(office, stored["ConferenceId"])
    assert [one["NameOrNumber"] for one in people] == ["", "guest@example.com"]


# ------------------------------------------------------------------ Limitations


def test_an_occurrence_that_is_over_is_neither_changed_nor_moved_nor_deleted(book):
    office = book.office
    book.saved(pattern(), system(1), Title="Old")
    first = next(iter(book.ids().values()))
    office.now = book.start + 2 * HOUR
    renamed = conference(ConferenceId=first, Version=1, Title="New")
    moved = conference(ConferenceId=first, Version=1, **at(office, HOUR))
    for inner in (renamed, moved):
        assert refused(office, office.call("SaveConferenceRecInstance", inner)) is e.CannotBookInThePast
    deleted = office.call("DeleteConferenceRecInstanceById", elements(ConferenceId=first))
    assert refused(office, deleted) is e.CannotBookInThePast
    assert book.occurrence(first)["Title"] == "Old"
    assert len(book.ids()) == 3


@pytest.mark.parametrize(
    ("offset", "error"), [(4 * DAY, e.OutsideBookingWindow), (-2 * DAY, e.CannotBookInThePast)]
)
def test_no_exception_lies_outside_the_booking_window(book, offset, error):
    configure(book.office, booking_window="3")
    moved = elements(StartTimeUTC=wire(book.start + offset), EndTimeUTC=wire(book.start + offset + HOUR))
    answer = book.save(pattern(exceptions=exception("ADD", data=moved)), system(1))
    assert refused(book.office, answer) is error
    assert book.ids() == {}


def test_what_would_clash_with_the_occurrence_that_goes_on_is_not_created(book):
    saved = book.saved(pattern(PatternInstances=4), system(1), Title="Old")
    ongoing = list(book.ids().values())[1]
    book.office.now = book.start + DAY + HOUR / 4
    later = book.start + HOUR / 2
    book.saved(
        pattern(PatternInstances=4),
        system(1),
        ConferenceId=saved["ConferenceId"],
        Version=saved["Version"],
        StartTimeUTC=wire(later),
        EndTimeUTC=wire(later + HOUR),
        Title="New",
    )
    # Today's date of the changed series would start while the meeting of the old one goes on.
    assert book.starts() == [
        wire(book.start),
        wire(book.start + DAY),
        wire(later + 2 * DAY),
        wire(later + 3 * DAY),
    ]
    assert book.occurrence(ongoing)["Title"] == "Old"
    assert titles(listed(book.office, status="Ongoing")) == ["Old"]


def test_an_occurrence_that_left_its_series_names_source_and_key_of_the_series(book):
    saved = book.saved(pattern(), system(1), **KEY)
    book.office.now = book.start + HOUR / 2
    book.saved(
        "", ConferenceId=saved["ConferenceId"], Version=1, StartTimeUTC=None, EndTimeUTC=None, Title="New"
    )
    left = book.occurrence(saved["ConferenceId"])
    assert left["DetachedFromExternalSourceId"] == "x"
    assert left["DetachedFromExternalPrimaryKey"] == "k"
    assert (left["ExternalSourceId"], left["ExternalPrimaryKey"]) != ("x", "k")
    others = [book.occurrence(number) for number in list(book.ids().values())[1:]]
    assert {one["ExternalPrimaryKey"] for one in others} == {"k"}
    assert all("DetachedFromExternalPrimaryKey" not in one for one in others)


# ------------------------------------------------------------------ Ongoing Meetings


@pytest.mark.parametrize(
    ("operation", "request_of", "left"),
    [
        ("DeleteConferenceById", by_id, ["Finished", "Finished", "Deleted"]),
        ("DeleteConferenceByExternalId", by_key, ["Finished", "Finished", "Deleted"]),
        ("DeleteConferenceRecInstanceById", by_id, ["Finished", "Finished", "Pending"]),
        ("DeleteConferenceInstanceByExternaId", by_key_and_day, ["Finished", "Finished", "Pending"]),
    ],
)
def test_an_occurrence_that_goes_on_is_ended_and_not_deleted(book, operation, request_of, left):
    book.saved(pattern(), system(1), **KEY)
    series = list(book.ids().values())
    assert book.office.call(operation, going_on(request_of)(book)).status == 200
    found = [read(book.office, number) for number in series]
    assert [one.text("Status") for one in found] == left
    assert found[1].text("EndTimeUTC") == wire(book.start + DAY + HOUR / 2)


def test_everything_but_the_start_of_an_occurrence_that_goes_on_can_be_changed(book):
    book.saved(pattern(), system(1), Title="Series")
    series = list(book.ids().values())
    book.office.now = book.start + DAY + HOUR / 2
    end = wire(book.start + DAY + 2 * HOUR)
    values = {"Title": "Own", "Password": "4711", "EndTimeUTC": end, "StartTimeUTC": None}
    book.saved(
        "",
        system(1) + system(2),
        operation="SaveConferenceRecInstance",
        ConferenceId=series[1],
        Version=1,
        **values,
    )
    changed = book.occurrence(series[1])
    assert {name: changed[name] for name in ("Title", "Password", "EndTimeUTC")} == {
        "Title": "Own",
        "Password": "4711",
        "EndTimeUTC": end,
    }
    assert changed["RecurrenceInstanceType"] == "modify"
    assert len(participants_of(book.office, series[1])) == 2
    assert list(book.ids().values()) == series
    assert [book.occurrence(number)["Title"] for number in series] == ["Series", "Own", "Series"]


@pytest.mark.parametrize("missing", [Permission.BOOK, Permission.APPROVE_MEETING])
def test_who_needs_approval_does_not_turn_what_goes_on_into_a_request(book, missing):
    office = book.office
    book.saved(pattern(), system(1), Title="Series")
    single = office.saved(system(2), **at(office, 2 * HOUR))
    office.now = book.start + HOUR / 4
    single = plain(office, single["ConferenceId"])
    permit(office, *set(Permission) - {missing}, user="boss")
    assert refused(office, change(office, single, Title="New")) is e.PermissionMissing
    first = conference(ConferenceId=next(iter(book.ids().values())), Version=1, Title="New")
    assert refused(office, office.call("SaveConferenceRecInstance", first)) is e.PermissionMissing
    assert len(titles(listed(office, status="Ongoing"))) == 2


@pytest.mark.parametrize("mode", ["Strict", "BestEffortForced"])
def test_an_occurrence_that_goes_on_is_not_extended_over_another_booking(book, mode):
    book.saved(pattern(), system(1))
    number = second(book)
    next_hour = {
        "StartTimeUTC": wire(book.start + DAY + HOUR),
        "EndTimeUTC": wire(book.start + DAY + 2 * HOUR),
    }
    book.office.saved(system(1), **next_hour)
    book.office.now = book.start + DAY + HOUR / 2
    wanted = {"ConferenceId": number, "Version": 1, "StartTimeUTC": None}
    longer = {**wanted, "EndTimeUTC": wire(book.start + DAY + 2 * HOUR)}
    answer = book.save("", operation="SaveConferenceRecInstance", mode=mode, **longer)
    assert refused(book.office, answer) is e.SystemAlreadyBooked
    assert book.occurrence(number)["EndTimeUTC"] == wire(book.start + DAY + HOUR)


@pytest.mark.parametrize("mode", ["Strict", "BestEffortForced"])
@pytest.mark.parametrize(
    ("times", "error"),
    [
        ((-2 * HOUR, -HOUR), e.CannotBookInThePast),
        ((400 * DAY, 401 * DAY), e.OutsideBookingWindow),
        ((2 * HOUR, HOUR), e.StartAfterEnd),
    ],
)
def test_only_clashes_and_missing_routes_make_a_conference_defective(office, mode, times, error):
    start, end = (wire(office.now + offset) for offset in times)
    inner = f"{conference(StartTimeUTC=start, EndTimeUTC=end)}{elements(BookingMode=mode)}"
    assert refused(office, office.call("SaveConferenceWithMode", inner)) is error
    assert transactions(office, 0) == []
