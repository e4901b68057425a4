"""Series through SOAP, on a real store. The first tests follow the guide's examples."""

from dataclasses import replace
from datetime import datetime

import pytest
from lxml import etree
from office import external, system, wire
from series_book import DAY, HOUR, exception, pattern
from soap_client import elements
from sqlalchemy import event

from tmsba.domain import errors as e
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials
from tmsba.domain.people.systems import System
from tmsba.domain.values import SystemCategory


def days(book, *numbers):
    return [wire(book.start + number * DAY) for number in numbers]


def test_a_daily_series_has_an_occurrence_each_day_with_an_id_of_its_own(book):
    saved = book.saved(pattern(PatternInstances=3), system(1))
    assert book.starts() == days(book, 0, 1, 2)
    ids = list(book.ids().values())
    assert saved["ConferenceId"] == str(ids[0])
    assert book.transactions() == [(i, "New") for i in ids]
    assert saved["FirstOccurrenceRecInstanceIdUTC"] == wire(book.start)


def test_one_occurrence_that_clashes_is_saved_as_defective(book):
    book.office.saved(
        system(1), StartTimeUTC=wire(book.start + DAY), EndTimeUTC=wire(book.start + DAY + HOUR)
    )
    strict = book.save(pattern(), system(1))
    assert book.office.code(strict) == e.SystemAlreadyBooked.code
    assert len(book.ids()) == 1

    saved = book.saved(pattern(), system(1), mode="BestEffortForced")

    whole = book.series(saved["ConferenceId"])
    assert whole.all("Status")[0].text == "Defective"
    states = [book.office.call("GetConferenceById", elements(ConferenceId=i)) for i in (2, 3, 4)]
    assert [one.text("Status") for one in states] == ["Pending", "Defective", "Pending"]


def test_a_series_is_saved_and_changed_from_daily_to_weekly(book):
    guests = external("SIP <-", "Sip dial-in 1") + external("SIP <-", "Sip dial-in 2")
    saved = book.saved(pattern(PatternInstances=10, Interval=0), guests)
    changed = book.saved(
        pattern("Weekly", PatternInstances=5),
        guests,
        ConferenceId=saved["ConferenceId"],
        Version=saved["Version"],
    )
    assert book.starts() == days(book, 0, 7, 14, 21, 28)
    assert changed["ConferenceId"] == saved["ConferenceId"]
    kinds = [kind for _, kind in book.transactions()[10:]]
    assert sorted(kinds) == ["Deleted"] * 8 + ["New"] * 3 + ["Updated"] * 2


def test_all_occurrences_have_one_number_when_there_is_one_for_all(book):
    book.saved(pattern(), external("SIP <-"))
    numbers = {book.occurrence(i)["JoinUri"] for i in book.ids().values()}
    assert numbers == {"1@example.com"}


def test_a_series_keeps_its_local_time_when_the_clocks_change(book):
    rules = book.office.call("GetTimeZoneRulesById", elements(idString="Central Standard Time"))
    found = rules.all("TimeZoneRule")
    inner = "".join(etree.tostring(rule).decode() for rule in found)
    book.start = datetime.fromisoformat("2026-03-07T15:00:00+00:00")  # 9:00 in Chicago, a day before
    saved = book.saved(pattern() + f"<ConferenceTimeZoneRules>{inner}</ConferenceTimeZoneRules>", system(1))
    assert book.starts() == ["2026-03-07 15:00:00Z", "2026-03-08 14:00:00Z", "2026-03-09 14:00:00Z"]
    again = book.series(saved["ConferenceId"])
    assert again.all("Id")[0].text == "Central Standard Time"


def test_days_of_the_week_are_days_in_utc(book):
    # 23:30 UTC on Thursday is Friday in Oslo, the owner's zone.
    book.start = datetime.fromisoformat("2026-01-29T23:30:00+00:00")
    saved = book.saved(pattern("Weekly", days=["Thursday", "Friday"], PatternInstances=4), system(1))
    assert book.starts() == [f"2026-{day} 23:30:00Z" for day in ("01-29", "01-30", "02-05", "02-06")]
    answer = book.series(saved["ConferenceId"])
    assert [day.text for day in answer.all("DayOfWeek")] == ["Thursday", "Friday"]


def test_exceptions_move_delete_and_add_dates(book):
    moved = elements(
        Title="Later",
        StartTimeUTC=wire(book.start + DAY + HOUR),
        EndTimeUTC=wire(book.start + DAY + 2 * HOUR),
    )
    added = elements(StartTimeUTC=wire(book.start + 5 * DAY), EndTimeUTC=wire(book.start + 5 * DAY + HOUR))
    changes = (
        exception("MODIFY", book.start + DAY, moved)
        + exception("DELETE", book.start + 2 * DAY)
        + exception("ADD", data=added)
    )
    saved = book.saved(pattern(PatternInstances=4, exceptions=changes), system(1), Title="Series")
    assert book.starts() == [
        wire(book.start),
        wire(book.start + DAY + HOUR),
        wire(book.start + 3 * DAY),
        wire(book.start + 5 * DAY),
    ]
    whole = book.series(saved["ConferenceId"])
    kinds = [kind.text for kind in whole.all("ExceptionType")]
    assert kinds == ["MODIFY", "DELETE", "ADD"]
    one = book.occurrence(list(book.ids().values())[1])
    assert (one["Title"], one["RecurrenceInstanceType"]) == ("Later", "modify")
    assert one["RecurrenceInstanceIdUTC"] == wire(book.start + DAY)
    # The client sends back what it got: nothing changes.
    ids = book.ids()
    recurrence = etree.tostring(whole.all("RecurrencePattern")[0]).decode()
    book.saved(recurrence, None, ConferenceId=saved["ConferenceId"], Version=saved["Version"])
    assert book.ids() == ids


def test_one_occurrence_is_changed_by_its_id(book):
    book.saved(pattern(), system(1) + system(2), Title="Series")
    second = list(book.ids().values())[1]
    moved = book.saved(
        "",
        operation="SaveConferenceRecInstance",
        ConferenceId=second,
        Version=1,
        Title="Moved",
        StartTimeUTC=wire(book.start + DAY + HOUR),
        EndTimeUTC=wire(book.start + DAY + 2 * HOUR),
    )
    assert moved["RecurrenceInstanceType"] == "modify"
    assert len(book.office.call("GetConferenceById", elements(ConferenceId=second)).all("Participant")) == 2
    cleared = book.save(
        "",
        "",
        operation="SaveConferenceRecInstance",
        ConferenceId=second,
        Version=2,
        StartTimeUTC=None,
        EndTimeUTC=None,
    )
    assert cleared.status == 200
    assert not book.office.call("GetConferenceById", elements(ConferenceId=second)).all("Participant")
    others = [book.occurrence(i)["Title"] for i in book.ids().values() if i != second]
    assert others == ["Series", "Series"]


def test_an_occurrence_cannot_be_moved_past_the_next_one(book):
    book.saved(pattern(), system(1))
    second = list(book.ids().values())[1]
    answer = book.save(
        "",
        operation="SaveConferenceRecInstance",
        ConferenceId=second,
        Version=1,
        StartTimeUTC=wire(book.start + 4 * DAY),
        EndTimeUTC=wire(book.start + 4 * DAY + HOUR),
    )
    assert book.office.code(answer) == e.UnsupportedRecurrence.code


def test_one_occurrence_is_deleted_and_the_others_stay(book):
    saved = book.saved(pattern(), system(1))
    second = list(book.ids().values())[1]
    book.office.call("DeleteConferenceRecInstanceById", elements(ConferenceId=second))
    assert book.starts() == days(book, 0, 2)
    whole = book.series(saved["ConferenceId"])
    assert [kind.text for kind in whole.all("ExceptionType")] == ["DELETE"]
    assert whole.all("RecurrenceIdUTC")[0].text == wire(book.start + DAY)
    assert book.transactions()[-1] == (second, "Deleted")


def test_a_series_is_deleted_by_the_id_of_any_occurrence(book):
    book.saved(pattern(), system(1))
    ids = list(book.ids().values())
    assert book.office.call("DeleteConferenceById", elements(ConferenceId=ids[1])).status == 200
    assert book.starts() == []
    assert book.series(ids[0]).all("ConferenceId")[0].text == str(-ids[0])
    assert book.transactions()[3:] == [(i, "Deleted") for i in ids]


def test_a_series_is_found_by_its_external_key(book):
    saved = book.saved(pattern(), system(1), ExternalSourceId="exchange", ExternalPrimaryKey="k1")
    key = elements(ExternalSourceId="exchange", ExternalConferenceId="k1")
    second = elements(RecurrenceIdUTC=wire(book.start + DAY))
    ids = list(book.ids().values())
    whole = book.office.call("GetConferenceByExternalId", key)
    assert whole.all("ConferenceId")[0].text == saved["ConferenceId"]
    found = book.office.call("GetConferenceIdByExternalId", key + second)
    assert found.text("GetConferenceIdByExternalIdResult") == str(ids[1])
    one = book.office.call("GetConferenceInstanceByExternalId", key + second)
    assert book.simple(one)["StartTimeUTC"] == wire(book.start + DAY)
    missing = book.office.call(
        "GetConferenceIdByExternalId", key + elements(RecurrenceIdUTC=wire(book.start + 9 * DAY))
    )
    assert book.office.code(missing) == e.OccurrenceNotFound.code
    book.office.call("DeleteConferenceInstanceByExternaId", key + second)
    assert book.starts() == days(book, 0, 2)
    book.office.call("DeleteConferenceByExternalId", key)
    assert book.starts() == []


def test_a_save_with_the_key_of_a_series_changes_it(book):
    key = {"ExternalSourceId": "exchange", "ExternalPrimaryKey": "k1"}
    saved = book.saved(pattern(), system(1), **key)
    again = book.saved(pattern(), system(1), Version=saved["Version"], Title="New title", **key)
    assert again["ConferenceId"] == saved["ConferenceId"]
    assert {book.occurrence(i)["Title"] for i in book.ids().values()} == {"New title"}


def test_changing_a_series_while_one_occurrence_goes_on_leaves_that_as_a_single_meeting(book):
    saved = book.saved(pattern(PatternInstances=4), system(1), ExternalSourceId="x", ExternalPrimaryKey="k")
    ids = list(book.ids().values())
    book.office.now = book.start + DAY + HOUR / 2
    book.saved(
        pattern(PatternInstances=4),
        system(1),
        ConferenceId=saved["ConferenceId"],
        Version=saved["Version"],
        Title="Changed",
    )
    now = list(book.ids().values())
    assert now[:2] == ids[:2]
    assert not set(now[2:]) & set(ids)
    assert len(now) == 4
    ongoing = book.occurrence(ids[1])
    assert ongoing["DetachedFromExternalPrimaryKey"] == "k"
    assert "RecurrenceInstanceIdUTC" not in ongoing
    assert book.occurrence(ids[0])["Title"] != "Changed"
    assert book.occurrence(now[2])["Title"] == "Changed"


def test_changing_a_series_while_its_last_occurrence_goes_on_leaves_a_single_meeting(book):
    saved = book.saved(pattern(), system(1), ExternalSourceId="x", ExternalPrimaryKey="k")
    ids = list(book.ids().values())
    book.office.now = book.start + 2 * DAY + HOUR / 2
    change = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"], "Title": "Changed"}
    left = book.saved(pattern(), system(1), **change)
    assert left["ConferenceId"] == str(ids[2])
    assert left["DetachedFromExternalPrimaryKey"] == "k"
    assert list(book.ids().values()) == ids
    assert {book.occurrence(i)["Title"] for i in ids} == {saved["Title"]}
    again = book.save(pattern(), system(1), **change)
    assert book.office.code(again) == e.CannotBookInThePast.code


def test_what_is_wrong_in_a_change_is_told_also_when_no_occurrence_is_to_come(book):
    saved = book.saved(pattern(), system(1))
    book.office.now = book.start + 2 * DAY + HOUR / 2
    change = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"]}
    answer = book.save(pattern(), system(999), **change)
    assert book.office.code(answer) == e.SystemNotFound.code
    assert "DetachedFromExternalPrimaryKey" not in book.occurrence(saved["ConferenceId"])


def test_participants_of_a_series_must_exist_even_if_every_date_has_its_own(book):
    own = f"<Participants>{system(1)}</Participants>"
    only = exception("MODIFY", book.start, own)
    answer = book.save(pattern(PatternInstances=1, exceptions=only), system(999))
    assert book.office.code(answer) == e.SystemNotFound.code
    assert book.starts() == []


def test_a_date_that_meets_an_occurrence_that_left_the_series_is_not_created(book):
    saved = book.saved(pattern(), system(1))
    ids = list(book.ids().values())
    book.office.now = book.start + HOUR / 2
    change = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"], "Title": "Changed"}
    first = book.saved(pattern(), system(1), **change)
    times = {"StartTimeUTC": wire(book.start + HOUR / 4), "EndTimeUTC": wire(book.start + HOUR)}
    moved = {"ConferenceId": first["ConferenceId"], "Version": first["Version"], **times}
    book.saved(pattern(), system(1), **moved)
    quarter = [wire(book.start + n * DAY + HOUR / 4) for n in (1, 2)]
    assert book.starts() == [wire(book.start), *quarter]
    assert book.ids()[wire(book.start)] == ids[0]


def test_an_occurrence_that_left_its_series_and_was_ended_does_not_come_back(book):
    saved = book.saved(pattern(), system(1))
    ids = list(book.ids().values())
    book.office.now = book.start + HOUR / 4
    change = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"], "Title": "Changed"}
    first = book.saved(pattern(), system(1), **change)
    book.office.call("EndConferenceById", elements(ConferenceId=ids[0]))
    book.office.now += HOUR / 4
    again = {"ConferenceId": first["ConferenceId"], "Version": first["Version"], "Title": "Again"}
    book.saved(pattern(), system(1), **again)
    assert book.starts() == days(book, 0, 1, 2)


def test_deleting_a_series_while_one_occurrence_goes_on_ends_that(book):
    saved = book.saved(pattern(), system(1))
    ids = list(book.ids().values())
    book.office.now = book.start + DAY + HOUR / 2
    book.office.call("DeleteConferenceById", elements(ConferenceId=saved["ConferenceId"]))
    states = [book.office.call("GetConferenceById", elements(ConferenceId=i)).text("Status") for i in ids]
    assert states == ["Finished", "Finished", "Deleted"]


def test_several_conferences_are_saved_all_or_none(book):
    def one(offset, room=1):
        start = book.start + offset * DAY
        times = elements(ConferenceId=-1, StartTimeUTC=wire(start), EndTimeUTC=wire(start + HOUR))
        return f"<Conferences>{times}<Participants>{system(room)}</Participants></Conferences>"

    failing = book.office.call("SaveConferences", one(0) + one(1) + one(0) + elements(oneTransaction="true"))
    assert book.office.code(failing) == e.SystemAlreadyBooked.code
    assert book.starts() == []
    answer = book.office.call("SaveConferences", one(0) + one(1) + elements(oneTransaction="true"))
    assert answer.status == 200
    assert book.starts() == days(book, 0, 1)


@pytest.mark.parametrize(
    ("recurrence", "error"),
    [
        (pattern("Yearly"), e.UnsupportedRecurrence),
        (pattern(PatternEndType="EndNever"), e.EndlessRecurrence),
        (pattern(PatternInstances=101), e.UnsupportedRecurrence),
        (pattern("Monthly", BySetPosition=1, ByMonthDay=2), e.UnsupportedRecurrence),
        (pattern(PatternInstances=400), e.UnsupportedRecurrence),
    ],
)
def test_patterns_that_cannot_be_booked_are_refused(book, recurrence, error):
    answer = book.save(recurrence, system(1))
    assert book.office.code(answer) == error.code
    assert book.starts() == []


def test_a_pattern_of_type_default_is_a_single_meeting(book):
    book.saved(pattern("Default"), system(1))
    assert book.starts() == days(book, 0)


def test_each_occurrence_gets_a_number_of_its_own_when_none_is_free_for_all(book, office):
    second = Bridge(
        id=0,
        name="Bridge Two",
        url="https://cms2.example.com",
        domain="two.example.com",
        numeric_id_base=7,
        numeric_id_quantity=1,
    )
    first_day, second_day = (
        {"StartTimeUTC": wire(day), "EndTimeUTC": wire(day + HOUR)} for day in (book.start, book.start + DAY)
    )
    office.saved(external("SIP <-"), **first_day)  # the first bridge is taken on the first day
    with office.store.writing() as uow:
        uow.bridges.add(second, BridgeCredentials(username="api", password="x"))
        uow.commit()
    one, other = (office.saved(external("SIP <-"), **second_day) for _ in range(2))
    on_first = one if one["JoinUri"] == "1@example.com" else other
    office.call("DeleteConferenceById", elements(ConferenceId=on_first["ConferenceId"]))
    book.saved(pattern(PatternInstances=2), external("SIP <-"), Title="Series")
    mine = [one for one in map(book.occurrence, book.ids().values()) if one["Title"] == "Series"]
    assert [one["JoinUri"] for one in mine] == ["7@two.example.com", "1@example.com"]


def test_a_route_that_is_missing_makes_only_that_occurrence_defective_and_keeps_its_room_busy(book):
    second_day = {
        "StartTimeUTC": wire(book.start + DAY),
        "EndTimeUTC": wire(book.start + DAY + HOUR),
    }
    book.office.saved(external("SIP <-"), **second_day)  # the only number
    saved = book.saved(pattern(), system(1) + external("SIP <-"), mode="BestEffortForced")
    assert book.series(saved["ConferenceId"]).all("Status")[0].text == "Defective"
    busy = book.office.save(system(1), **second_day)
    assert book.office.code(busy) == e.SystemAlreadyBooked.code


def test_a_defective_occurrence_heals_when_it_is_saved_without_the_conflict(book):
    other = book.office.saved(
        system(1), StartTimeUTC=wire(book.start + DAY), EndTimeUTC=wire(book.start + DAY + HOUR)
    )
    saved = book.saved(pattern(), system(1), mode="BestEffortForced")
    book.office.call("DeleteConferenceById", elements(ConferenceId=other["ConferenceId"]))
    again = book.saved(pattern(), system(1), ConferenceId=saved["ConferenceId"], Version=saved["Version"])
    assert book.series(again["ConferenceId"]).all("Status")[0].text == "Pending"


def test_a_series_needs_its_present_version(book):
    saved = book.saved(pattern(), system(1))
    second = list(book.ids().values())[1]
    book.office.call("DeleteConferenceRecInstanceById", elements(ConferenceId=second))
    answer = book.save(pattern(), system(1), ConferenceId=saved["ConferenceId"], Version=saved["Version"])
    assert book.office.code(answer) == e.ConcurrentModification.code


def test_the_start_can_be_mapped_to_the_first_occurrence_that_is_not_over(book):
    saved = book.saved(pattern(), system(1))
    book.office.now = book.start + DAY + 2 * HOUR
    answer = book.office.call(
        "GetRecurrentConferenceByIdWithFirstOngoingOrPendingStartTime",
        elements(ConferenceId=saved["ConferenceId"]),
    )
    assert book.simple(answer)["StartTimeUTC"] == wire(book.start + 2 * DAY)


def test_past_occurrences_stay_as_they_were(book):
    saved = book.saved(pattern(PatternInstances=4), system(1), Title="Old")
    ids = list(book.ids().values())
    book.office.now = book.start + DAY + 2 * HOUR
    book.saved(
        pattern(PatternInstances=4),
        system(1),
        ConferenceId=saved["ConferenceId"],
        Version=saved["Version"],
        Title="New",
    )
    assert [book.occurrence(i)["Title"] for i in ids] == ["Old", "Old", "New", "New"]


def test_rules_a_client_makes_up_are_kept_and_used(book):
    change = "<AbsoluteRule><Month>3</Month><DayOfMonth>3</DayOfMonth></AbsoluteRule>"
    back = (
        "<RelativeRule><Month>10</Month><DayOfTheWeek>0</DayOfTheWeek>"
        "<WeekOfTheMonthIndex>5</WeekOfTheMonthIndex></RelativeRule>"
    )
    rules = (
        "<ConferenceTimeZoneRules><TimeZoneRule><ValidFrom>0001-01-01T00:00:00</ValidFrom>"
        "<Id>My custom rule</Id><BaseOffsetInMinutes>60</BaseOffsetInMinutes>"
        f"<Daylight><ChangeSecondAtDay>7200</ChangeSecondAtDay>{change}</Daylight>"
        "<DaylightOffsetInMinutes>60</DaylightOffsetInMinutes>"
        f"<Standard><ChangeSecondAtDay>36000</ChangeSecondAtDay>{back}</Standard>"
        "</TimeZoneRule></ConferenceTimeZoneRules>"
    )
    book.start = datetime.fromisoformat("2026-03-02T10:00:00+00:00")
    saved = book.saved(pattern() + rules, system(1))
    assert book.starts() == ["2026-03-02 10:00:00Z", "2026-03-03 09:00:00Z", "2026-03-04 09:00:00Z"]
    kept = book.saved("", None, ConferenceId=saved["ConferenceId"], Version=saved["Version"], Title="Later")
    assert kept["Title"] == "Later"
    assert book.series(saved["ConferenceId"]).all("Id")[0].text == "My custom rule"


def test_time_zone_rules_that_break_the_guides_are_refused(book):
    rules = (
        "<ConferenceTimeZoneRules><TimeZoneRule><ValidFrom>2026-01-01T00:00:00Z</ValidFrom>"
        "<BaseOffsetInMinutes>60</BaseOffsetInMinutes></TimeZoneRule></ConferenceTimeZoneRules>"
    )
    answer = book.save(pattern() + rules, system(1))
    assert book.office.code(answer) == e.InvalidTimeZone.code


def test_recording_systems_are_listed_with_their_aliases(book, office):
    with office.store.writing() as uow:
        recorder = System(
            id=8,
            name="Recorder",
            category=SystemCategory.RECORDING,
            recording_aliases=("hd@rec.example.com",),
        )
        uow.systems.add(recorder)
        uow.commit()
    answer = office.call("GetRecordingAliases", elements(UserName=""))
    assert (answer.text("Name"), answer.text("AliasId"), answer.text("SystemId")) == (
        "Recorder",
        "hd@rec.example.com",
        "8",
    )


def test_a_fault_for_a_system_that_is_taken_offers_the_next_time_when_all_are_free(book, office):
    for room, offset in ((1, 0), (2, HOUR), (1, 3 * HOUR)):
        start = book.start + offset if offset else book.start
        office.saved(system(room), StartTimeUTC=wire(start), EndTimeUTC=wire(start + HOUR))
    answer = office.save(system(1) + system(2))
    assert f"free from {wire(book.start + 2 * HOUR)} on" in answer.sentence


def test_transactions_carry_the_clients_own_keys(book, office):
    book.saved(pattern(PatternInstances=2), system(1), ExternalSourceId="x", ExternalPrimaryKey="k")
    answer = office.call("GetTransactionsSinceWithExternalId", elements(CurrentTransactionId=0))
    assert {e.text for e in answer.all("ExternalPrimaryKey")} == {"k"}
    assert [e.text for e in answer.all("RecurrenceInstanceIdUTC")] == days(book, 0, 1)


@pytest.mark.parametrize("limit", [None, 50])
def test_a_series_of_a_hundred_takes_as_many_statements_as_a_series_of_two(book, office, limit):
    with office.store.writing() as uow:
        uow.bridges.change(replace(uow.bridges.get(1), max_participants=limit))
        uow.commit()

    def statements(count, start):
        sent = []

        def note(connection, cursor, statement, *rest):
            sent.append(statement)

        book.start = start
        event.listen(office.store.engine, "before_cursor_execute", note)
        book.saved(pattern(PatternInstances=count), system(1) + system(2) + external("SIP <-"))
        event.remove(office.store.engine, "before_cursor_execute", note)
        return len(sent)

    book.saved(pattern(PatternInstances=2), system(4))  # whatever is done once
    assert statements(2, book.start) == statements(100, book.start + 10 * DAY)


def test_a_series_that_grows_takes_as_many_statements_however_long_it_is(book, office):
    with office.store.writing() as uow:
        uow.bridges.change(replace(uow.bridges.get(1), max_participants=50))
        uow.commit()

    def statements(count, start):
        sent = []

        def note(connection, cursor, statement, *rest):
            sent.append(statement)

        book.start = start
        saved = book.saved(pattern(PatternInstances=count), external("SIP <-"))
        event.listen(office.store.engine, "before_cursor_execute", note)
        again = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"]}
        book.saved(pattern(PatternInstances=count), system(1) + external("SIP <-"), **again)
        event.remove(office.store.engine, "before_cursor_execute", note)
        return len(sent)

    statements(2, book.start)  # whatever is done once
    assert statements(2, book.start + 5 * DAY) == statements(100, book.start + 10 * DAY)


def test_a_reserved_meeting_source_is_refused(office):
    answer = office.save(MeetingSource="EX:PROXY")
    assert office.code(answer) == e.UnknownError.code


@pytest.mark.parametrize(
    ("version", "position", "starts"),
    [(12, 0, ["2026-01-29", "2026-02-28"]), (12, -1, ["2026-01-31", "2026-02-28"]), (13, 0, None)],
)
def test_monthly_patterns_of_old_clients_mean_what_they_meant_then(book, version, position, starts):
    recurrence = pattern("Monthly", PatternInstances=2, BySetPosition=position)
    answer = book.save(recurrence, system(1), version=version)
    if starts is None:
        assert book.office.code(answer) == e.UnsupportedRecurrence.code
    else:
        assert [start[:10] for start in book.starts()] == starts


def test_days_of_clients_before_version_8_are_those_of_the_servers_zone(book, office):
    with office.store.writing() as uow:
        uow.settings.put("server_time_zone", "America/Chicago")
        uow.commit()
    # 02:00 UTC on Friday is still Thursday in Chicago.
    book.start = datetime.fromisoformat("2026-01-30T02:00:00+00:00")
    book.saved(pattern("Weekly", days=["Thursday"], PatternInstances=2), system(1), version=7)
    assert book.starts() == ["2026-01-30 02:00:00Z", "2026-02-06 02:00:00Z"]
