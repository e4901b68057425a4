from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import (
    MINUTE,
    NOW,
    at,
    create_administrator,
    create_caller,
    create_conference,
    create_system,
    create_user,
    participant,
    wanted,
)

from tmsba.domain import errors
from tmsba.domain.conference import rules
from tmsba.domain.conference.details import Details
from tmsba.domain.people.users import Permission
from tmsba.domain.time.times import Period
from tmsba.domain.values import ConferenceType, ParticipantKind, StoredState

WINDOW = timedelta(days=365)
CALLER = create_caller()
SYSTEMS = {1: create_system(1), 2: create_system(2), 3: create_system(3, is_booking_allowed=False)}

ONGOING = create_conference(period=Period(at(12), at(14)))
PENDING = create_conference(period=Period(at(14), at(15)))
FINISHED = create_conference(period=Period(at(11), at(13)))
DELETED = replace(PENDING, state=StoredState.DELETED)
DEFECTIVE = replace(ONGOING, state=StoredState.DEFECTIVE_CLASH)

SYSTEM, MASTER = ParticipantKind.SYSTEM, ParticipantKind.MASTER
DIAL_INS = [kind for kind in ParticipantKind if kind.is_dial_in]
DIAL_OUTS = [kind for kind in ParticipantKind if kind.is_dial_out]


# ---------------------------------------------------------------- times


def test_a_period_is_made_of_start_and_end():
    assert rules.new_period(at(14), at(15)) == Period(at(14), at(15))


@pytest.mark.parametrize("end", [at(14), at(13)])
def test_the_end_must_be_later_than_the_start(end):
    with pytest.raises(errors.StartAfterEnd):
        rules.new_period(at(14), end)


@pytest.mark.parametrize(
    ("start", "end", "name"), [(None, at(15), "StartTimeUTC"), (at(14), None, "EndTimeUTC")]
)
def test_a_missing_time_is_named(start, end, name):
    with pytest.raises(errors.UnknownError, match=name):
        rules.new_period(start, end)


def test_a_conference_may_have_started_but_not_ended():
    rules.check_bookable_period(Period(NOW - MINUTE, NOW + MINUTE), NOW, WINDOW)
    with pytest.raises(errors.CannotBookInThePast):
        rules.check_bookable_period(Period(NOW - MINUTE, NOW), NOW, WINDOW)


def test_a_conference_starts_within_the_booking_window():
    last = NOW + WINDOW
    rules.check_bookable_period(Period(last, last + MINUTE), NOW, WINDOW)
    late = last + timedelta(seconds=1)
    with pytest.raises(errors.OutsideBookingWindow, match="365 days"):
        rules.check_bookable_period(Period(late, late + MINUTE), NOW, WINDOW)


# ---------------------------------------------------------------- what a state allows


@pytest.mark.parametrize("conference", [ONGOING, PENDING, DEFECTIVE])
def test_what_is_not_over_can_be_changed(conference):
    rules.check_changeable(conference, NOW)


@pytest.mark.parametrize(
    ("conference", "error"),
    [
        (DELETED, errors.ConferenceIsDeleted),
        (FINISHED, errors.CannotBookInThePast),
        (replace(DEFECTIVE, period=FINISHED.period), errors.CannotBookInThePast),
    ],
)
def test_what_is_over_or_deleted_cannot_be_changed(conference, error):
    with pytest.raises(error):
        rules.check_changeable(conference, NOW)


def test_the_start_of_an_ongoing_conference_cannot_be_moved():
    with pytest.raises(errors.ConferenceActive):
        rules.check_start_kept(ONGOING, Period(at(12, 30), at(14)), NOW)


def test_the_end_of_an_ongoing_conference_can_be_moved():
    rules.check_start_kept(ONGOING, Period(at(12), at(18)), NOW)


@pytest.mark.parametrize("conference", [PENDING, DEFECTIVE])
def test_the_start_of_what_is_not_going_on_can_be_moved(conference):
    rules.check_start_kept(conference, Period(at(16), at(17)), NOW)


def test_an_ongoing_conference_can_be_ended():
    rules.check_endable(ONGOING, NOW)


@pytest.mark.parametrize(
    ("conference", "error"),
    [
        (PENDING, errors.ConferenceNotActive),
        (FINISHED, errors.ConferenceNotActive),
        (DEFECTIVE, errors.ConferenceNotActive),
        (DELETED, errors.ConferenceIsDeleted),
    ],
)
def test_only_an_ongoing_conference_can_be_ended(conference, error):
    with pytest.raises(error):
        rules.check_endable(conference, NOW)


# ---------------------------------------------------------------- details


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        ("Weekly", "Weekly"),
        ("""The "big" one's day""", "The big ones day"),
        ("' Weekly '", "Weekly"),
        ('""', ""),
        ("x" * 255, "x" * 255),
        ('"' + "x" * 255 + '"', "x" * 255),
    ],
)
def test_quotes_are_dropped_from_a_title(title, cleaned):
    assert rules.clean_title(title) == cleaned


def test_a_title_has_at_most_255_characters():
    with pytest.raises(errors.UnknownError, match="255"):
        rules.clean_title("x" * 256)


@pytest.mark.parametrize("pin", ["", "0", "0123", "9" * 63])
def test_a_pin_is_digits(pin):
    rules.check_details(Details(pin=pin))


@pytest.mark.parametrize("pin", ["12a4", "12 34", "-123", "٣٤", "²", "9" * 64])
def test_anything_but_digits_is_no_pin(pin):
    with pytest.raises(errors.UnknownError, match="PIN") as caught:
        rules.check_details(Details(pin=pin))
    assert pin not in caught.value.message


# ---------------------------------------------------------------- participants


def numbered(*entries):
    return [(p.kind, p.id) for p in rules.number_participants(entries)]


def test_external_participants_are_numbered_from_1():
    into, out = ParticipantKind.SIP_VIDEO_IN, ParticipantKind.SIP_VIDEO_OUT
    assert numbered(wanted(into), wanted(out, 0), wanted(out, -1)) == [(into, 1), (out, 2), (out, 3)]


def test_external_participants_keep_the_ids_they_bring():
    out = ParticipantKind.SIP_VIDEO_OUT
    assert numbered(wanted(out), wanted(out, 1), wanted(out, 7)) == [(out, 2), (out, 1), (out, 7)]


def test_an_external_id_that_stands_twice_is_given_once():
    out = ParticipantKind.SIP_VIDEO_OUT
    assert numbered(wanted(out, 2), wanted(out, 2), wanted(out)) == [(out, 2), (out, 1), (out, 3)]


def test_a_system_keeps_its_id_and_takes_part_once():
    out = ParticipantKind.SIP_VIDEO_OUT
    entries = wanted(SYSTEM, 1), wanted(out), wanted(SYSTEM, 1), wanted(MASTER, 1)
    assert numbered(*entries) == [(SYSTEM, 1), (out, 1), (MASTER, 1)]


def test_a_participant_keeps_its_name_and_address():
    entry = replace(
        wanted(ParticipantKind.SIP_VIDEO_OUT, name_or_number="a@example.com"), email="b@example.com"
    )
    (stored,) = rules.number_participants([entry])
    assert (stored.name_or_number, stored.email) == ("a@example.com", "b@example.com")


def check(*participants, conference_type=ConferenceType.AUTOMATIC):
    rules.check_participants(conference_type, participants, SYSTEMS, CALLER)


def test_systems_and_external_participants_can_take_part():
    check(
        participant(SYSTEM, 1),
        participant(SYSTEM, 2),
        participant(MASTER, 2),
        *(participant(kind, 1) for kind in DIAL_INS),
        *(participant(kind, 2, "1234") for kind in DIAL_OUTS),
    )


def test_an_unknown_system_is_named():
    with pytest.raises(errors.SystemNotFound, match="99"):
        check(participant(SYSTEM, 99))


def test_a_system_for_certain_users_is_for_them_and_site_administrators():
    system = create_system(4, allowed_user_ids=(2, 3))
    entries = (participant(ParticipantKind.SYSTEM, 4),)

    def check(caller):
        rules.check_participants(ConferenceType.AUTOMATIC, entries, {4: system}, caller)

    check(create_caller(create_user(3)))
    check(create_administrator())
    with pytest.raises(errors.SystemNotAllowed, match="for certain users only"):
        check(create_caller(create_user(1), permissions=Permission))


def test_a_system_with_bookings_off_is_refused():
    with pytest.raises(errors.SystemNotAllowed, match="Room 3"):
        check(participant(SYSTEM, 3))


@pytest.mark.parametrize("kind", [ParticipantKind.USER, ParticipantKind.DIRECTORY])
def test_users_and_directory_entries_cannot_be_booked(kind):
    with pytest.raises(errors.ParticipantError):
        check(participant(kind))


@pytest.mark.parametrize("kind", DIAL_OUTS)
@pytest.mark.parametrize("number", ["", "  "])
def test_who_is_dialled_needs_a_number(kind, number):
    with pytest.raises(errors.DialOutNumberMissing):
        check(participant(kind, 1, number))


@pytest.mark.parametrize("kind", DIAL_INS)
def test_nobody_dials_into_a_reservation(kind):
    with pytest.raises(errors.CannotAddParticipant):
        check(participant(kind), conference_type=ConferenceType.RESERVATION_ONLY)


def test_there_is_one_master_at_most():
    with pytest.raises(errors.ParticipantError, match="more than one"):
        check(*(participant(kind, i) for kind in (SYSTEM, MASTER) for i in (1, 2)))


def test_the_master_takes_part_as_a_system_as_well():
    with pytest.raises(errors.ParticipantError, match="not among the participants"):
        check(participant(SYSTEM, 1), participant(MASTER, 2))
