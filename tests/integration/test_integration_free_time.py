"""What the fault for a system that is taken advises, and that a save takes that advice."""

import re
from datetime import timedelta

import pytest
from bookings import configure, refused
from office import system, wire
from series_book import DAY, HOUR, exception, pattern

from tmsba.domain import errors as e

ADVICE = re.compile(r"free from (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)Z on")


def reserve(office, start, length=HOUR, room=1):
    office.saved(system(room), StartTimeUTC=wire(start), EndTimeUTC=wire(start + length))


def asked(office, start, length=HOUR, **more):
    times = {"StartTimeUTC": wire(start), "EndTimeUTC": wire(start + length)}
    return office.save(system(1) + system(2), **times, **more)


def advised(office, answer):
    assert refused(office, answer) is e.SystemAlreadyBooked
    found = ADVICE.search(answer.sentence)
    return found and found[1] + "Z"


def test_a_save_takes_the_time_that_is_advised(office):
    start = office.now + 2 * HOUR
    for number in range(30):
        reserve(office, start + number * HOUR, timedelta(minutes=40), room=1 + number % 2)
    answer = asked(office, start, HOUR)
    advice = advised(office, answer)
    assert advice == wire(start + 29 * HOUR + timedelta(minutes=40))
    free = start + 29 * HOUR + timedelta(minutes=40)
    assert asked(office, free).status == 200


@pytest.mark.parametrize("has_room", [True, False])
def test_no_time_behind_the_booking_window_is_advised(office, has_room):
    configure(office, booking_window="2")
    start = office.now + HOUR
    reserve(office, start, 47 * HOUR - (timedelta() if has_room else -HOUR))
    answer = asked(office, start)
    if has_room:
        assert advised(office, answer) == wire(office.now + 2 * DAY)
        assert asked(office, office.now + 2 * DAY).status == 200
    else:
        assert advised(office, answer) is None
        assert f"Up to {wire(office.now + 2 * DAY)}, the latest possible start" in answer.sentence


@pytest.mark.parametrize(("length", "free"), [(5, 5), (20, 20), (21, None)])
def test_the_advice_for_a_date_of_a_series_lies_on_an_earlier_day_than_the_next_one(book, length, free):
    office = book.office
    book.start = office.now + DAY - 10 * HOUR  # three in the morning in Oslo
    second = book.start + DAY
    office.saved(system(1), StartTimeUTC=wire(second), EndTimeUTC=wire(second + length * HOUR))
    answer = book.save(pattern(), system(1))
    if free is None:
        assert advised(office, answer) is None
        assert f"Up to {wire(second + 21 * HOUR - timedelta(seconds=1))}" in answer.sentence
        return
    assert advised(office, answer) == wire(second + free * HOUR)
    moved = exception(
        "MODIFY",
        second,
        f"<StartTimeUTC>{wire(second + free * HOUR)}</StartTimeUTC>"
        f"<EndTimeUTC>{wire(second + (free + 1) * HOUR)}</EndTimeUTC>",
    )
    taken = book.save(pattern(exceptions=moved), system(1))
    assert taken.status == 200, taken.sentence


def test_the_advice_for_one_stored_date_heeds_the_next_one(book):
    office = book.office
    saved = book.saved(pattern(), system(1))
    busy = book.start + 2 * HOUR
    office.saved(system(2), StartTimeUTC=wire(busy), EndTimeUTC=wire(busy + 20 * HOUR))
    answer = office.save(
        system(1) + system(2),
        operation="SaveConferenceRecInstance",
        ConferenceId=saved["ConferenceId"],
        Version=saved["Version"],
        StartTimeUTC=wire(busy),
        EndTimeUTC=wire(busy + HOUR),
    )
    assert advised(office, answer) is None
    assert "the latest possible start" in answer.sentence


def test_what_is_going_on_is_advised_an_earlier_end(office):
    start = office.now + 2 * HOUR
    saved = office.saved(system(1), StartTimeUTC=wire(start), EndTimeUTC=wire(start + HOUR))
    reserve(office, start + 2 * HOUR)
    office.now = start
    answer = office.save(
        system(1),
        ConferenceId=saved["ConferenceId"],
        Version=saved["Version"],
        StartTimeUTC=wire(start),
        EndTimeUTC=wire(start + 3 * HOUR),
    )
    assert advised(office, answer) is None
    assert "choose an earlier end" in answer.sentence
