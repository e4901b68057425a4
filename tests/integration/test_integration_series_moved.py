"""Series that were moved, made longer or saved back: what they read as is what they are.

Source: TMSBA guide, RecurrencePattern and Ongoing Meetings.
"""

import copy
from datetime import UTC, datetime, timedelta

import pytest
from bookings import refused, zone_elements
from lxml import etree
from office import external, system, wire
from series_book import DAY, HOUR, exception, pattern
from soap_client import BOOKING, elements
from webex_book import SITE, add_site, owned

from tmsba.domain import errors as e
from tmsba.domain.errors import CannotBookInThePast

MINUTE = timedelta(minutes=1)


def tag(name):
    return f"{{{BOOKING}}}{name}"


def whole(book, number):
    return book.series(number).all("GetRecurrentConferenceByIdResult")[0]


def save_back(office, read, version=23, **changes):
    """Save what was read, with some of its simple elements changed."""
    sent = copy.deepcopy(read)
    sent.tag = tag("Conference")
    for name, value in changes.items():
        for found in sent.iter(tag(name)):
            found.text = str(value)
            break
    return office.call("SaveConference", etree.tostring(sent).decode(), version=version)


def told_zone(read):
    return read.findtext(f".//{tag('TimeZoneRule')}/{tag('Id')}")


def differences(read):
    """The exceptions of a series: their kinds with the starts by the pattern."""
    found = read.iter(tag("RecurrenceException"))
    return [(x.findtext(tag("ExceptionType")), x.findtext(tag("RecurrenceIdUTC"))) for x in found]


def moved(office, book, number, by, **changes):
    """Move a series as clients do: read it, change its times, save it."""
    read = whole(book, number)
    for name in ("StartTimeUTC", "EndTimeUTC"):
        changes[name] = wire(datetime.fromisoformat(read.findtext(tag(name))) + by)
    recurrence = read.find(tag("RecurrencePattern"))
    recurrence.remove(recurrence.find(tag("Exceptions")))
    answer = save_back(office, read, **changes)
    assert answer.status == 200, answer.sentence
    return int(book.simple(answer)["ConferenceId"])


def renamed(office, book, number, title):
    one = office.call("GetConferenceById", elements(ConferenceId=number)).all("GetConferenceByIdResult")[0]
    one.tag = tag("Conference")
    one.find(tag("Title")).text = title
    answer = office.call("SaveConferenceRecInstance", etree.tostring(one).decode())
    assert answer.status == 200, answer.sentence


@pytest.mark.parametrize("by", [HOUR, -HOUR, DAY, 31 * DAY])
def test_a_moved_series_reads_without_the_dates_that_it_had_before(office, book, by):
    number = int(book.saved(pattern(PatternInstances=4), system(1))["ConferenceId"])
    renamed(office, book, list(book.ids().values())[2], "Otherwise")
    number = moved(office, book, number, by)
    read = whole(book, number)
    assert differences(read) == []
    assert read.findtext(tag("FirstOccurrenceRecInstanceIdUTC")) == wire(book.start + by)
    before = book.ids()
    assert save_back(office, read).status == 200
    assert book.ids() == before


@pytest.mark.parametrize("is_day_changed", [True, False])
def test_a_weekly_series_that_is_moved_past_midnight_in_utc_reads_with_its_days_in_utc(
    office, book, is_day_changed
):
    book.start = datetime(2026, 2, 2, 15, tzinfo=UTC)  # Monday 10:00 in New York
    answer = office.call("GetTimeZoneRulesById", elements(idString="Eastern Standard Time"))
    rules = "".join(etree.tostring(rule).decode() for rule in answer.all("TimeZoneRule"))
    zone = f"<ConferenceTimeZoneRules>{rules}</ConferenceTimeZoneRules>"
    weekly = pattern("Weekly", days=["Monday"], PatternInstances=4)
    number = int(book.saved(weekly + zone)["ConferenceId"])
    # To 21:00 in New York: Tuesday in UTC.
    read = whole(book, number)
    if is_day_changed:
        read.find(f".//{tag('DayOfWeek')}").text = "Tuesday"
    start = book.start + 11 * HOUR
    answer = save_back(office, read, StartTimeUTC=wire(start), EndTimeUTC=wire(start + HOUR))
    read = whole(book, int(book.simple(answer)["ConferenceId"]))
    assert [day.text for day in read.iter(tag("DayOfWeek"))] == ["Tuesday"]
    before = book.ids()
    assert list(before)[:2] == ["2026-02-03 02:00:00Z", "2026-02-10 02:00:00Z"]
    assert save_back(office, read).status == 200
    assert book.ids() == before


def test_a_date_that_does_not_take_place_is_an_exception_of_the_present_pattern(office, book):
    number = int(book.saved(pattern(PatternInstances=4))["ConferenceId"])
    number = moved(office, book, number, HOUR)
    second = list(book.ids().items())[1]
    office.call("DeleteConferenceRecInstanceById", elements(ConferenceId=second[1]))
    assert differences(whole(book, number)) == [("DELETE", second[0])]


def test_a_day_whose_date_is_over_gets_no_second_one_when_the_series_moves_later(office, book):
    number = int(book.saved(pattern(PatternInstances=6))["ConferenceId"])
    past = book.starts()[0]
    office.now = book.start + 2 * HOUR
    number = moved(office, book, number, 5 * HOUR)
    starts = book.starts()
    assert len(starts) == 6
    assert starts[0] == past
    # Its one date of that day took place at its hour.
    read = whole(book, number)
    assert differences(read) == [("MODIFY", wire(book.start + 5 * HOUR))]
    assert read.find(f".//{tag('ModifiedData')}/{tag('StartTimeUTC')}").text == past
    assert save_back(office, read).status == 200
    assert book.starts() == starts


def test_what_is_read_while_a_date_goes_on_is_saved_back_without_taking_it_out(office, book):
    number = int(book.saved(pattern(PatternInstances=3), system(1))["ConferenceId"])
    office.now = book.start + 10 * MINUTE
    before = book.ids()
    assert save_back(office, whole(book, number)).status == 200
    assert book.ids() == before
    assert book.simple(book.series(number))["Version"] == "2"


def test_a_series_whose_dates_are_over_is_made_longer(office, book):
    first = book.saved(pattern(PatternInstances=2), ExternalSourceId="x", ExternalPrimaryKey="k")
    past = book.ids()
    office.now = book.start + 2 * DAY
    longer = pattern(PatternInstances=4)
    again = book.saved(longer, ExternalSourceId="x", ExternalPrimaryKey="k")
    assert again["ConferenceId"] == first["ConferenceId"]
    ids = book.ids()
    assert len(ids) == 4
    assert {start: ids[start] for start in past} == past
    office.now = book.start + 8 * DAY
    by_date = pattern(PatternEndType="EndByDate", PatternEndDateUTC=wire(book.start + 9 * DAY))
    book.saved(by_date, ExternalSourceId="x", ExternalPrimaryKey="k")
    assert len(book.ids()) == 6


def test_a_series_that_is_over_is_not_saved_without_new_dates(office, book):
    number = int(book.saved(pattern(PatternInstances=2))["ConferenceId"])
    read = whole(book, number)
    office.now = book.start + 3 * DAY
    assert refused(office, save_back(office, whole(book, number))) is CannotBookInThePast
    later = wire(office.now + DAY)
    changed = save_back(office, read, StartTimeUTC=later, EndTimeUTC=wire(office.now + DAY + HOUR))
    assert refused(office, changed) is CannotBookInThePast


def test_an_added_date_that_was_moved_keeps_its_id_when_the_series_is_saved_back(office, book):
    added = book.start + 12 * HOUR + DAY
    times = elements(StartTimeUTC=wire(added), EndTimeUTC=wire(added + HOUR))
    said = f"<RecurrenceException><ExceptionType>ADD</ExceptionType><ModifiedData>{times}</ModifiedData>"
    weekly = pattern("Weekly", PatternInstances=2, exceptions=f"{said}</RecurrenceException>")
    number = int(book.saved(weekly)["ConferenceId"])
    one = office.call("GetConferenceById", elements(ConferenceId=book.ids()[wire(added)]))
    one = one.all("GetConferenceByIdResult")[0]
    one.tag = tag("Conference")
    one.find(tag("StartTimeUTC")).text = wire(added + HOUR)
    one.find(tag("EndTimeUTC")).text = wire(added + 2 * HOUR)
    assert office.call("SaveConferenceRecInstance", etree.tostring(one).decode()).status == 200
    before = book.ids()
    assert save_back(office, whole(book, number)).status == 200
    assert book.ids() == before


def test_an_occurrence_that_differs_and_is_saved_back_leaves_its_series(office, book):
    number = int(book.saved(pattern(), system(1), Title="Review")["ConferenceId"])
    second = list(book.ids().values())[1]
    renamed(office, book, second, "Only today")
    one = office.call("GetConferenceById", elements(ConferenceId=second)).all("GetConferenceByIdResult")[0]
    assert save_back(office, one).status == 200
    assert book.simple(book.series(number))["Title"] == "Review"
    assert book.occurrence(second)["Title"] == "Only today"


def test_who_has_read_one_occurrence_is_not_refused_because_another_one_was_deleted(office, book):
    number = int(book.saved(pattern(PatternInstances=4))["ConferenceId"])
    ids = list(book.ids().values())
    read = office.call("GetConferenceById", elements(ConferenceId=ids[2])).all("GetConferenceByIdResult")[0]
    office.call("DeleteConferenceRecInstanceById", elements(ConferenceId=ids[1]))
    assert book.occurrence(ids[2])["Version"] == read.findtext(tag("Version"))
    for operation in ("SaveConferenceRecInstance", "SaveConference"):
        sent = copy.deepcopy(read)
        sent.tag = tag("Conference")
        answer = office.call(operation, etree.tostring(sent).decode())
        assert answer.status == 200, answer.sentence
        read.find(tag("Version")).text = book.occurrence(ids[2])["Version"]
    # With the version of the series an occurrence is saved as well.
    version = book.simple(book.series(number))["Version"]
    read.tag = tag("Conference")
    read.find(tag("Version")).text = version
    assert office.call("SaveConferenceRecInstance", etree.tostring(read).decode()).status == 200


def test_a_deleted_series_as_it_was_read_is_not_booked_again(office, book):
    book.saved("")
    number = int(book.saved(pattern(), Title="Second")["ConferenceId"])
    office.call("DeleteConferenceById", elements(ConferenceId=number))
    assert refused(office, save_back(office, whole(book, number))) is e.ConferenceIsDeleted


@pytest.mark.parametrize("is_series", [True, False])
@pytest.mark.parametrize("when", ["before", "during", "after"])
@pytest.mark.parametrize("start", ["the same", "a new one"])
def test_what_was_cancelled_is_booked_again_with_its_key(office, book, is_series, when, start):
    key = {"ExternalSourceId": "x", "ExternalPrimaryKey": "k"}
    recurrence = pattern(PatternInstances=4) if is_series else ""
    office_times = {"StartTimeUTC": wire(book.start), "EndTimeUTC": wire(book.start + HOUR)}
    people = system(1) + external("SIP <-", "Guest")
    first = book.saved(recurrence, people, **key)
    length = 4 * DAY if is_series else HOUR
    into = {"before": -HOUR, "during": (DAY + 10 * MINUTE) if is_series else 10 * MINUTE, "after": length}[
        when
    ]
    office.now = book.start + into
    by_key = elements(ExternalSourceId="x", ExternalConferenceId="k")
    cancelled = office.call("DeleteConferenceByExternalId", by_key)
    if when == "after":
        assert refused(office, cancelled) is CannotBookInThePast
    else:
        assert cancelled.status == 200
        retried = office.call("DeleteConferenceByExternalId", by_key)
        assert refused(office, retried) is e.ConferenceIsDeleted
    if start == "a new one" or when == "after":
        office_times = {"StartTimeUTC": wire(office.now + HOUR), "EndTimeUTC": wire(office.now + 2 * HOUR)}
    again = book.save(recurrence, people, **key, **office_times)
    assert again.status == 200, again.sentence
    again = book.simple(again)
    assert again["ConferenceId"] != first["ConferenceId"]
    assert again["ExternalPrimaryKey"] == "k"
    found = office.call("GetConferenceByExternalId", by_key).all("ConferenceId")[0].text
    assert found == again["ConferenceId"]
    assert office.call("DeleteConferenceByExternalId", by_key).status == 200


def test_a_finished_single_conference_is_not_changed_by_its_key(office, book):
    key = {"ExternalSourceId": "x", "ExternalPrimaryKey": "k"}
    book.saved("", system(1), **key)
    office.now = book.start + 2 * HOUR
    longer = book.save("", system(1), **key, EndTimeUTC=wire(office.now + HOUR))
    assert refused(office, longer) is CannotBookInThePast


def test_an_end_that_is_tried_again_finds_nothing_active(office, book):
    key = {"ExternalSourceId": "x", "ExternalPrimaryKey": "k"}
    by_key = elements(ExternalSourceId="x", ExternalConferenceId="k")
    book.saved(pattern(PatternInstances=1), **key)
    office.now = book.start + 10 * MINUTE
    assert office.call("EndConferenceByExternalId", by_key).status == 200
    assert refused(office, office.call("EndConferenceByExternalId", by_key)) is e.ConferenceNotActive


def test_a_deleted_occurrence_that_went_on_is_deleted_for_whoever_tries_again(office, book):
    key = {"ExternalSourceId": "x", "ExternalPrimaryKey": "k"}
    book.saved(pattern(), **key)
    office.now = book.start + 10 * MINUTE
    date = elements(ExternalSourceId="x", ExternalConferenceId="k", RecurrenceIdUTC=wire(book.start))
    assert office.call("DeleteConferenceInstanceByExternaId", date).status == 200
    again = office.call("DeleteConferenceInstanceByExternaId", date)
    assert refused(office, again) is e.ConferenceIsDeleted


def test_an_old_conference_does_not_change_the_one_that_has_its_key_by_now(office, book):
    key = {"ExternalSourceId": "x", "ExternalPrimaryKey": "k"}
    number = int(book.saved("", system(1), **key)["ConferenceId"])
    read = office.call("GetConferenceById", elements(ConferenceId=number)).all("GetConferenceByIdResult")[0]
    office.call("DeleteConferenceById", elements(ConferenceId=number))
    again = book.saved("", system(1), **key, Title="New one")
    for version in (0, 23):
        assert refused(office, save_back(office, read, version)) is e.ConferenceIsDeleted
    assert book.occurrence(int(again["ConferenceId"]))["Title"] == "New one"


def test_webex_at_a_site_that_is_gone_can_be_saved_back_but_not_booked_anew(office, book):
    add_site(office)
    saved = book.saved(owned(SiteUrl=SITE), system(1))
    with office.store.writing() as uow:
        [site] = uow.webex_sites.all()
        uow.webex_sites.remove(site.id)
        uow.commit()
    read = office.call("GetConferenceById", elements(ConferenceId=saved["ConferenceId"]))
    assert save_back(office, read.all("GetConferenceByIdResult")[0]).status == 200
    new = book.save(
        owned(SiteUrl=SITE), StartTimeUTC=wire(book.start + DAY), EndTimeUTC=wire(book.start + 25 * HOUR)
    )
    assert refused(office, new) is e.WebExSiteNotFound


def test_the_old_zone_of_a_date_that_is_over_does_not_become_that_of_the_series(office, book):
    weekly = pattern("Weekly", PatternInstances=3)
    number = int(book.saved(weekly + zone_elements(office, "Europe/Oslo"))["ConferenceId"])
    office.now = book.start + 2 * HOUR
    read = whole(book, number)
    [other] = etree.fromstring(f'<x xmlns="{BOOKING}">{zone_elements(office, "UTC")}</x>')
    read.replace(read.find(tag("ConferenceTimeZoneRules")), other)
    assert save_back(office, read).status == 200
    before = told_zone(whole(book, number))
    one = office.call("GetConferenceById", elements(ConferenceId=number)).all("GetConferenceByIdResult")[0]
    assert told_zone(one) == "Europe/Oslo"
    assert save_back(office, one).status == 200
    assert told_zone(whole(book, number)) == before == "UTC"


def test_a_date_that_goes_on_again_by_a_clock_stepping_back_stays_when_its_series_is_saved_back(office, book):
    number = int(book.saved(pattern(PatternInstances=3), Title="Before")["ConferenceId"])
    office.now = book.start + HOUR
    read = whole(book, number)
    read.find(tag("Title")).text = "After"
    assert save_back(office, read).status == 200
    office.now = book.start + 30 * MINUTE
    before = book.ids()
    assert save_back(office, whole(book, number)).status == 200
    assert book.ids() == before
    assert book.occurrence(number)["Title"] == "Before"


@pytest.mark.parametrize("said", [{"Title": "Short"}, "as it was"])
def test_a_date_that_was_ended_in_its_first_second_is_no_reason_to_refuse_its_series(office, book, said):
    number = int(book.saved(pattern(PatternInstances=3))["ConferenceId"])
    office.now = book.start
    assert office.call("EndConferenceById", elements(ConferenceId=number)).status == 200
    times = {"StartTimeUTC": wire(book.start), "EndTimeUTC": wire(book.start)}
    data = elements(**(times if said == "as it was" else said))
    exceptions = exception("MODIFY", book.start, data)
    again = {"ConferenceId": number, "Version": book.simple(book.series(number))["Version"]}
    changed = book.save(pattern(PatternInstances=3, exceptions=exceptions), **again)
    assert changed.status == 200, changed.sentence
