"""How much one request may save, and that it is told before anything is locked."""

import pytest
from bookings import configure, plain, refused
from office import external, system, wire
from series_book import DAY, HOUR, exception, pattern
from soap_client import elements

from tmsba.domain import errors as e
from tmsba.domain.settings import ConferenceSettings

GUESTS = "".join(external("SIP ->", f"guest{number}@example.com") for number in range(3))


@pytest.fixture
def unlocked(office, monkeypatch):
    """An office whose client is known, and where nobody may write any more."""
    office.saved(system(4))

    def writing():
        raise AssertionError("something is locked")

    monkeypatch.setattr(office.store, "writing", writing)
    return office


def several(office, count, people=GUESTS, recurrence="", operation="SaveConferences"):
    found = []
    for number in range(count):
        start = office.now + (2 + 2 * number) * HOUR
        times = {"ConferenceId": -1, "StartTimeUTC": wire(start), "EndTimeUTC": wire(start + HOUR)}
        inner = elements(**times) + recurrence + f"<Participants>{people}</Participants>"
        found.append(f"<Conferences>{inner}</Conferences>")
    return office.call(operation, "".join(found))


def test_the_limits_are_what_the_manual_says():
    settings = ConferenceSettings()
    limits = settings.most_participants, settings.most_series_participants, settings.most_conferences
    assert limits == (500, 5000, 100)


@pytest.mark.parametrize("limit", [2, 3])
def test_a_conference_has_up_to_so_many_participants(office, limit):
    configure(office, most_participants=str(limit))
    answer = office.save(GUESTS)
    if limit == 3:
        assert answer.status == 200, answer.sentence
        return
    assert refused(office, answer) is e.ParticipantError
    assert "3 participants" in answer.sentence
    assert "can have 2" in answer.sentence
    assert "most-participants" in answer.sentence


@pytest.mark.parametrize("operation", ["SaveConference", "SaveConferenceRecInstance"])
def test_too_many_participants_are_refused_before_anything_is_locked(office, unlocked, operation):
    people = "".join(external("SIP ->", f"guest{number}@example.com") for number in range(501))
    assert refused(office, office.save(people, operation=operation)) is e.ParticipantError


@pytest.mark.parametrize("limit", [8, 9])
def test_the_dates_of_a_series_have_up_to_so_many_participants_in_all(book, limit):
    configure(book.office, most_series_participants=str(limit))
    answer = book.save(pattern(), GUESTS)
    if limit == 9:
        assert answer.status == 200, answer.sentence
        return
    assert refused(book.office, answer) is e.UnsupportedRecurrence
    assert "9 participants" in answer.sentence


def test_a_series_with_an_end_by_date_is_counted_too(book, monkeypatch):
    book.saved(pattern(), system(1))
    configure(book.office, most_series_participants="8")
    monkeypatch.setattr(book.office.store, "writing", None)
    ends = {"PatternEndType": "EndByDate", "PatternEndDateUTC": wire(book.start + 2 * DAY)}
    assert refused(book.office, book.save(pattern(**ends), GUESTS)) is e.UnsupportedRecurrence


def test_what_exceptions_say_counts(book):
    configure(book.office, most_series_participants="5", most_participants="2")
    people = f"<Participants>{system(2)}{system(4)}</Participants>"
    changed = exception("MODIFY", book.start + DAY, people)
    assert book.save(pattern(exceptions=changed), system(1)).status == 200
    changed += exception("MODIFY", book.start + 2 * DAY, people) + exception("MODIFY", book.start, people)
    start = {"StartTimeUTC": wire(book.start), "EndTimeUTC": wire(book.start + HOUR)}
    answer = book.save(pattern(exceptions=changed), system(1), **start)
    assert refused(book.office, answer) is e.UnsupportedRecurrence
    changed = exception("MODIFY", book.start + DAY, f"<Participants>{GUESTS}</Participants>")
    assert refused(book.office, book.save(pattern(exceptions=changed), system(1))) is e.ParticipantError


def test_participants_for_a_stored_series_are_counted_for_its_dates(book):
    saved = book.saved(pattern(), system(1))
    configure(book.office, most_series_participants="8")
    named = {"ConferenceId": saved["ConferenceId"], "Version": saved["Version"]}
    assert refused(book.office, book.save("", GUESTS, **named)) is e.UnsupportedRecurrence
    assert plain(book.office, saved["ConferenceId"])["Version"] == saved["Version"]
    assert book.save("", system(1) + system(2), **named).status == 200


def test_what_says_nothing_of_participants_and_dates_is_saved_after_the_limits_were_lowered(book):
    saved = book.saved(pattern(), system(1) + system(2))
    configure(book.office, most_series_participants="1", most_participants="1")
    answer = book.save("", ConferenceId=saved["ConferenceId"], Version=saved["Version"], Title="Other")
    assert answer.status == 200, answer.sentence


@pytest.mark.parametrize(("count", "recurrence"), [(4, ""), (2, pattern(PatternInstances=2))])
def test_one_request_saves_up_to_so_many_conferences(office, count, recurrence):
    configure(office, most_conferences="3")
    answer = several(office, count, system(1), recurrence)
    assert refused(office, answer) is e.UnknownError
    assert "4 conferences" in answer.sentence
    assert "most-conferences" in answer.sentence
    assert several(office, 3, system(1)).status == 200


def test_too_many_conferences_are_refused_before_anything_is_locked(office, unlocked):
    assert refused(office, several(office, 101, system(1))) is e.UnknownError


def test_a_series_alone_is_no_matter_of_how_many_conferences_a_request_saves(book):
    configure(book.office, most_conferences="1")
    assert book.save(pattern(), system(1)).status == 200


def test_the_conferences_of_one_request_have_up_to_so_many_participants(office):
    configure(office, most_series_participants="5")
    answer = several(office, 2)
    assert refused(office, answer) is e.UnknownError
    assert "6 participants in all" in answer.sentence
    assert several(office, 2, system(1)).status == 200
