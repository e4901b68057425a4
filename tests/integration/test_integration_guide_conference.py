"""The guide's Booking API Reference, through SOAP: what conferences, series and functions must do."""

import pytest
from bookings import (
    at,
    change,
    configure,
    forced,
    listed,
    plain,
    read,
    refused,
    titles,
    transactions,
    users,
    wrapped,
)
from lxml import etree
from office import external, system, wire
from series_book import DAY, HOUR, exception, pattern
from soap_client import BOOKING, elements

from tmsba.domain import errors as e
from tmsba.domain.people.systems import System
from tmsba.domain.values import SystemCategory

KEY = {"ExternalSourceId": "x", "ExternalPrimaryKey": "k"}
BY_KEY = elements(ExternalSourceId="x", ExternalConferenceId="k")


def inside(parent, name):
    return parent.findtext(f"{{{BOOKING}}}{name}")


# ------------------------------------------------------------------ Conference


READ_ONLY = {
    "RecurrenceInstanceType": "deleted",
    "FirstOccurrenceRecInstanceIdUTC": "2020-01-01 00:00:00Z",
    "RecurrenceInstanceIdUTC": "2020-01-01 00:00:00Z",
    "ConferenceInfoText": "<own>",
    "ConferenceInfoHtml": "own",
    "RecordedConferenceUri": "https://own.example.com",
    "WebConferencePresenterUri": "https://own.example.com",
    "WebConferenceAttendeeUri": "https://own.example.com",
    "JoinUri": "own@example.com",
    "JoinUrl": "https://own.example.com",
    "TransactionId": "99",
}


@pytest.mark.parametrize("people", ["", system(1) + system(2)])
def test_what_is_only_read_has_no_effect_in_a_save(office, people):
    plain_one = office.saved(people)
    office.call("DeleteConferenceById", elements(ConferenceId=plain_one["ConferenceId"]))
    saved = office.saved(people, **READ_ONLY)
    stored = plain(office, saved["ConferenceId"])
    assert {name for name in READ_ONLY if stored.get(name) == READ_ONLY[name]} == set()
    assert set(stored) == set(plain_one)


def test_nobody_else_than_the_server_decides_about_the_state(office):
    inner = "<ConferenceState><Status>Deleted</Status></ConferenceState>"
    saved = wrapped(office, inner)
    assert saved.text("Status") == "Pending"
    assert read(office, saved.text("ConferenceId")).text("Status") == "Pending"


def test_the_state_goes_from_pending_over_ongoing_to_finished(office):
    number = office.saved(system(1))["ConferenceId"]
    seen = []
    for step in (0 * HOUR, 2 * HOUR, HOUR):
        office.now += step
        seen.append(read(office, number).text("Status"))
    assert seen == ["Pending", "Ongoing", "Finished"]


def test_a_conference_with_external_participants_is_encrypted_if_possible(office):
    saved = office.saved(external("SIP ->", "a@example.com"), Encrypted="If Possible")
    assert saved["Encrypted"] == "If Possible"


def test_a_random_pin_is_made_up_for_each_conference(office):
    configure(office, pin_length="9")
    pins = {office.saved("", **at(office, n * HOUR))["Password"] for n in range(1, 4)}
    assert len(pins) == 3
    assert all(len(pin) == 9 and pin.isdigit() for pin in pins)


def test_the_data_conference_is_kept_and_default_does_not_change_it(office):
    saved = office.saved(system(1), DataConference="If Possible")
    kept = office.conference_in(change(office, saved, DataConference="Default"))
    assert kept["DataConference"] == "If Possible"


@pytest.mark.parametrize("call_type", ["User", "Directory"])
def test_users_and_entries_of_phone_books_are_no_systems(office, call_type):
    assert refused(office, office.save(system(1, call_type))) is e.ParticipantError


def test_external_ids_are_blank_unless_said_and_the_server_fills_the_key(office):
    saved = [office.saved("") for _ in range(2)]
    assert {one["ExternalSourceId"] for one in saved} == {""}
    assert len({one["ExternalPrimaryKey"] for one in saved} - {""}) == 2


# ------------------------------------------------------------------ RecurrencePattern


def test_the_pattern_tells_its_own_first_start_though_the_first_occurrence_is_moved(book):
    moved = elements(StartTimeUTC=wire(book.start + HOUR), EndTimeUTC=wire(book.start + 2 * HOUR))
    changes = exception("MODIFY", book.start, moved)
    saved = book.saved(pattern(exceptions=changes), system(1))
    [recurrence] = book.series(saved["ConferenceId"]).all("RecurrencePattern")
    assert inside(recurrence, "FirstOccurrenceRecInstanceIdUTC") == wire(book.start)
    first = book.occurrence(saved["ConferenceId"])
    assert first["StartTimeUTC"] == wire(book.start + HOUR)
    assert first["FirstOccurrenceRecInstanceIdUTC"] == wire(book.start)


SENT = {
    "FrequencyType": "Monthly",
    "Interval": "2",
    "FirstDayOfWeek": "Monday",
    "BySetPosition": "-1",
    "PatternEndType": "EndByInstances",
    "PatternInstances": "4",
}


def test_a_pattern_comes_back_as_it_was_saved(book):
    values = {name: value for name, value in SENT.items() if name != "FrequencyType"}
    saved = book.saved(pattern("Monthly", days=["Thursday"], **values), system(1))
    [recurrence] = book.series(saved["ConferenceId"]).all("RecurrencePattern")
    assert {name: inside(recurrence, name) for name in SENT} == SENT
    assert [day.text for day in recurrence.iter(f"{{{BOOKING}}}DayOfWeek")] == ["Thursday"]


def test_a_pattern_that_ends_by_date_comes_back_with_its_date(book):
    end = wire(book.start + 2 * DAY)
    saved = book.saved(pattern(PatternEndType="EndByDate", PatternEndDateUTC=end), system(1))
    [recurrence] = book.series(saved["ConferenceId"]).all("RecurrencePattern")
    assert inside(recurrence, "PatternEndType") == "EndByDate"
    assert inside(recurrence, "PatternEndDateUTC") == end
    assert len(book.ids()) == 3


def test_exceptions_of_a_stored_series_are_saved_with_the_whole(book):
    saved = book.saved(pattern(), system(1), Title="Series")
    ids = book.ids()
    changes = exception("MODIFY", book.start + DAY, elements(Title="Own")) + exception(
        "DELETE", book.start + 2 * DAY
    )
    book.saved(pattern(exceptions=changes), ConferenceId=saved["ConferenceId"], Version=saved["Version"])
    assert [book.occurrence(number)["Title"] for number in book.ids().values()] == ["Series", "Own"]
    assert set(book.ids().values()) < set(ids.values())
    kinds = [kind.text for kind in book.series(saved["ConferenceId"]).all("ExceptionType")]
    assert kinds == ["MODIFY", "DELETE"]


def test_exceptions_stay_where_a_save_says_nothing_of_them_and_an_empty_list_takes_them_back(book):
    changes = exception("MODIFY", book.start + DAY, elements(Title="Own")) + exception(
        "DELETE", book.start + 2 * DAY
    )
    number = book.saved(pattern(exceptions=changes), system(1), Title="Series")["ConferenceId"]
    titles_after = []
    for version, recurrence in enumerate(("", pattern(), pattern(exceptions="")), start=1):
        book.saved(recurrence, ConferenceId=number, Version=version, Location="Oslo")
        titles_after.append([book.occurrence(found)["Title"] for found in book.ids().values()])
    assert titles_after == [["Series", "Own"], ["Series", "Own"], ["Series", "Series", "Series"]]


PATTERNS = {
    "daily": pattern(),
    "every day, said as 0": pattern(Interval=0),
    "weekdays": pattern("DailyWeekday"),
    "weekly": pattern("Weekly"),
    "weekly on two days": pattern("Weekly", days=["Thursday", "Friday"]),
    "monthly by position": pattern("Monthly", days=["Thursday"], BySetPosition=-1),
    "monthly by day": pattern("Monthly", ByMonthDay=29),
    "by date": pattern(PatternEndType="EndByDate", PatternEndDateUTC="2026-02-03 00:00:00Z"),
}


def sent_back(
    office, number, *, get="GetRecurrentConferenceById", save="SaveConference", version=23, title=None
):
    """Get a conference and save what was answered, with another title if one is given."""
    answer = office.call(get, elements(ConferenceId=number), version=version)
    [found] = answer.all(f"{get}Result")
    if title:
        found.find(f"{{{BOOKING}}}Title").text = title
    inner = "".join(etree.tostring(child).decode() for child in found)
    saved = office.call(save, f"<Conference>{inner}</Conference>", version=version)
    assert saved.status == 200, saved.sentence


@pytest.mark.parametrize("get", ["GetRecurrentConferenceById", "GetConferenceById"])
@pytest.mark.parametrize("recurrence", PATTERNS.values(), ids=PATTERNS)
def test_a_series_that_is_sent_back_as_it_came_keeps_its_dates(book, recurrence, get):
    book.saved(recurrence, system(1), Title="Old")
    before = book.ids()
    for place, number in enumerate(before.values()):
        sent_back(book.office, number, get=get, title=f"New {place}")
        assert book.ids() == before
        assert {book.occurrence(found)["Title"] for found in before.values()} == {f"New {place}"}


@pytest.mark.parametrize(
    "recurrence",
    [pattern("Weekly", days=["Thursday"]), pattern("Monthly", days=["Thursday"], BySetPosition=-1)],
    ids=["weekly", "monthly"],
)
@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_series_whose_days_are_others_in_utc_is_not_moved_by_sending_it_back(book, recurrence, which):
    book.start = book.start.replace(hour=23, minute=30)
    book.saved(recurrence, system(1), Title="Old")
    before = book.ids()
    sent_back(book.office, list(before.values())[which], get="GetConferenceById", title="New")
    assert book.ids() == before


def test_a_series_with_its_start_mapped_is_sent_back_without_more_dates(book):
    saved = book.saved(pattern(PatternInstances=4), system(1), Title="Old")
    before = book.ids()
    book.office.now = book.start + DAY + 2 * HOUR
    mapped = "GetRecurrentConferenceByIdWithFirstOngoingOrPendingStartTime"
    sent_back(book.office, saved["ConferenceId"], get=mapped, title="New")
    assert book.ids() == before
    assert [book.occurrence(n)["Title"] for n in before.values()] == ["Old", "Old", "New", "New"]


def test_an_occurrence_that_is_sent_back_as_it_came_keeps_its_date(book):
    book.saved(pattern("Weekly", days=["Thursday"]), system(1), Title="Old")
    before = book.ids()
    number = list(before.values())[1]
    sent_back(book.office, number, get="GetConferenceById", save="SaveConferenceRecInstance", title="New")
    assert book.ids() == before
    assert [book.occurrence(found)["Title"] for found in before.values()] == ["Old", "New", "Old"]


@pytest.mark.parametrize(("version", "day"), [(7, "Friday"), (8, "Thursday"), (23, "Thursday")])
def test_days_are_answered_as_the_client_would_send_them(book, version, day):
    """Half past eleven on Thursday in UTC is Friday in Oslo; before version 8 days are local."""
    book.start = book.start.replace(hour=23, minute=30)
    number = book.saved(pattern("Weekly", days=["Thursday"]), system(1))["ConferenceId"]
    before = book.ids()
    answer = book.office.call("GetConferenceById", elements(ConferenceId=number), version=version)
    assert answer.text("DayOfWeek") == day
    sent_back(book.office, number, version=version)
    assert book.ids() == before


# ------------------------------------------------------------------ Functions


def test_a_single_conference_is_read_ended_and_deleted_by_its_key(office):
    saved = office.saved(system(1), **KEY)
    found = office.call("GetConferenceByExternalId", BY_KEY)
    assert found.text("ConferenceId") == saved["ConferenceId"]
    number = office.call("GetConferenceIdByExternalId", BY_KEY)
    assert number.text("GetConferenceIdByExternalIdResult") == saved["ConferenceId"]
    assert office.call("DeleteConferenceByExternalId", BY_KEY).status == 200
    assert read(office, saved["ConferenceId"]).text("Status") == "Deleted"
    assert refused(office, office.call("GetConferenceByExternalId", BY_KEY)) is e.ConferenceNotFound


def test_one_occurrence_is_ended_by_its_key_and_the_others_stay(book):
    book.saved(pattern(), system(1), **KEY)
    series = list(book.ids().values())
    book.office.now = book.start + DAY + HOUR / 2
    occurrence = elements(RecurrenceIdUTC=wire(book.start + DAY))
    assert book.office.call("EndConferenceByExternalId", BY_KEY + occurrence).status == 200
    assert [read(book.office, number).text("Status") for number in series] == [
        "Finished",
        "Finished",
        "Pending",
    ]
    assert book.occurrence(series[1])["EndTimeUTC"] == wire(book.office.now)
    assert book.occurrence(series[0])["EndTimeUTC"] == wire(book.start + HOUR)


def test_without_a_date_the_occurrence_of_a_key_that_goes_on_is_ended(book):
    book.saved(pattern(), system(1), **KEY)
    second = list(book.ids().values())[1]
    book.office.now = book.start + DAY + HOUR / 2
    assert book.office.call("EndConferenceByExternalId", BY_KEY).status == 200
    assert read(book.office, second).text("Status") == "Finished"


@pytest.mark.parametrize(
    "operation",
    [
        "EndConferenceByExternalId",
        "GetConferenceIdByExternalId",
        "GetConferenceInstanceByExternalId",
        "DeleteConferenceInstanceByExternaId",
    ],
)
def test_an_occurrence_outside_the_pattern_is_not_found_and_told_so(book, operation):
    book.saved(pattern(), system(1), **KEY)
    outside = elements(RecurrenceIdUTC=wire(book.start + 9 * DAY))
    answer = book.office.call(operation, BY_KEY + outside)
    assert refused(book.office, answer) is e.OccurrenceNotFound
    assert answer.sentence.startswith("No such occurrence")


@pytest.mark.parametrize(
    ("later", "day"),
    [(0 * HOUR, 0), (DAY + HOUR / 2, 1), (DAY + 2 * HOUR, 2)],
    ids=["all to come", "one goes on", "between two"],
)
def test_the_mapped_start_is_that_of_the_first_occurrence_that_is_ongoing_or_to_come(book, later, day):
    exceptions = exception("DELETE", book.start + 3 * DAY)
    saved = book.saved(pattern(PatternInstances=4, exceptions=exceptions), system(1))
    book.office.now = book.start + later if later else book.office.now
    answer = book.office.call(
        "GetRecurrentConferenceByIdWithFirstOngoingOrPendingStartTime",
        elements(ConferenceId=saved["ConferenceId"]),
    )
    found = book.simple(answer)
    assert found["StartTimeUTC"] == wire(book.start + day * DAY)
    assert found["EndTimeUTC"] == wire(book.start + day * DAY + HOUR)
    assert [kind.text for kind in answer.all("ExceptionType")] == ["DELETE"]


def test_all_saved_conferences_are_answered_as_they_are_stored(office):
    sent = "".join(
        f"<Conferences>{elements(Title=title, **at(office, offset))}"
        f"<Participants>{system(1)}</Participants></Conferences>"
        for title, offset in (("One", HOUR), ("Two", DAY))
    )
    answer = office.call("SaveConferences", sent)
    assert answer.status == 200, answer.sentence
    found = [
        {etree.QName(child).localname: child.text or "" for child in one}
        for one in answer.all("SaveConferencesResult")[0]
    ]
    assert [one["Title"] for one in found] == ["One", "Two"]
    stored = [plain(office, one["ConferenceId"]) for one in found]
    assert [{name: one[name] for name in two} for one, two in zip(stored, found, strict=True)] == found


def test_without_a_mode_a_save_is_strict(office):
    office.saved(system(1))
    answer = office.save(system(1), operation="SaveConferenceWithMode")
    assert refused(office, answer) is e.SystemAlreadyBooked
    assert forced(office, system(1)).text("Status") == "Defective"


def test_recording_aliases_are_listed_for_the_caller_or_a_named_user(office):
    with office.store.writing() as uow:
        for number, aliases in ((8, ("hd@rec.example.com", "sd@rec.example.com")), (9, ())):
            recorder = System(
                id=number, name=f"R{number}", category=SystemCategory.RECORDING, recording_aliases=aliases
            )
            uow.systems.add(recorder)
        uow.commit()
    for name in ("", "anna"):
        answer = office.call("GetRecordingAliases", elements(UserName=name))
        found = [(inside(one, "SystemId"), inside(one, "AliasId")) for one in answer.all("AliasInfo")]
        assert found == [("8", "hd@rec.example.com"), ("8", "sd@rec.example.com")]
        assert answer.text("Name") == "R8"
    nobody = office.call("GetRecordingAliases", elements(UserName="nobody"))
    assert refused(office, nobody) is e.UserNotFound


def test_a_default_conference_has_an_empty_list_of_participants_and_is_not_stored(office):
    answer = office.call("GetDefaultConference")
    [people] = answer.all("Participants")
    assert len(people) == 0
    assert answer.text("ConferenceId") == "-1"
    assert titles(listed(office)) == []
    assert transactions(office, 0) == []


def test_a_default_conference_has_the_values_of_the_settings(office):
    configure(
        office,
        default_conference_title="Our meeting",
        default_scheduled_call_duration="45",
        default_reservation_type="no-connect",
        default_picture_mode="voice-switched",
        default_encryption="no",
        extend_mode="automatic-best-effort",
        default_bandwidth="1152",
        default_isdn_bandwidth="128",
        auto_generate_pin="No",
    )
    answer = office.call("GetDefaultConference")
    wanted = {
        "Title": "Our meeting",
        "EndTimeUTC": wire(office.now + 3 * HOUR / 4),
        "ConferenceType": "No Connect",
        "PictureMode": "Voice Switched",
        "Encrypted": "No",
        "ShowExtendOption": "AutomaticBestEffort",
        "Password": None,
    }
    assert {name: answer.text(name) for name in wanted} == wanted
    assert inside(answer.all("IPBandwidth")[0], "Bandwidth") == "18b/1152kbps"
    assert inside(answer.all("ISDNBandwidth")[0], "Bandwidth") == "2b/128kbps"


def test_the_change_log_with_external_ids_is_the_same_log(book):
    number = book.saved(pattern(PatternInstances=2), system(1), **KEY)["ConferenceId"]
    book.office.call("DeleteConferenceById", elements(ConferenceId=number))
    answer = book.office.call("GetTransactionsSinceWithExternalId", elements(CurrentTransactionId=1))
    names = ("TransactionId", "TransType", "ExternalSourceId", "ExternalPrimaryKey")
    rows = [tuple(inside(row, name) for name in names) for row in answer.all("ConferenceTransaction")]
    assert rows == [("2", "New", "x", "k"), ("3", "Deleted", "x", "k"), ("4", "Deleted", "x", "k")]


def test_the_change_log_of_a_system_is_cut_and_gone_on_with_as_well(office):
    configure(office, transaction_page_limit="2")
    for n in range(1, 4):
        office.saved(system(1), **at(office, n * DAY))
        office.saved(system(2), **at(office, n * DAY))
    first = transactions(office, 0, SystemId=1)
    assert [(row[0], row[2]) for row in first] == [("1", "New"), ("3", "New"), ("3", "ListIncomplete")]
    assert [(row[0], row[2]) for row in transactions(office, 3, SystemId=1)] == [("5", "New")]


def test_a_conference_that_changed_hands_is_listed_for_both(office):
    anna = users(office)["anna"]
    saved = office.saved(system(1), Title="Handed over")
    change(office, saved, OwnerId=anna.id)
    assert titles(listed(office, UserName="boss")) == ["Handed over"]
    assert titles(listed(office, UserName="anna")) == ["Handed over"]
    assert titles(listed(office, UserName="guest")) == []


def test_an_occurrence_is_saved_by_the_key_of_its_series_and_its_recurrence_id(book):
    book.saved(pattern(), system(1), Title="Series", **KEY)
    saved = book.saved(
        "",
        operation="SaveConferenceRecInstance",
        ConferenceId=None,
        RecurrenceInstanceIdUTC=wire(book.start + DAY),
        Version=1,
        StartTimeUTC=None,
        EndTimeUTC=None,
        Title="Own",
        **KEY,
    )
    assert saved["RecurrenceInstanceIdUTC"] == wire(book.start + DAY)
    assert [book.occurrence(number)["Title"] for number in book.ids().values()] == ["Series", "Own", "Series"]


def test_several_conferences_that_do_not_all_fit_leave_also_the_stored_one_as_it_was(office):
    saved = office.saved(system(1), Title="Old")
    change_it = elements(ConferenceId=saved["ConferenceId"], Version=1, Title="New")
    clash = f"{elements(**at(office, 2 * HOUR))}<Participants>{system(1)}</Participants>"
    sent = f"<Conferences>{change_it}</Conferences><Conferences>{clash}</Conferences>"
    assert refused(office, office.call("SaveConferences", sent)) is e.SystemAlreadyBooked
    assert plain(office, saved["ConferenceId"])["Title"] == "Old"
    fitting = (
        f"<Conferences>{change_it}</Conferences><Conferences>{elements(**at(office, DAY))}</Conferences>"
    )
    assert office.call("SaveConferences", fitting).status == 200
    assert plain(office, saved["ConferenceId"])["Title"] == "New"
