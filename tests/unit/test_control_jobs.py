from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import (
    Fuse,
    World,
    at,
    create_client,
    create_request,
    create_system,
    dial_in,
    dial_out,
    room,
    wanted,
)

from tmsba.cms.wire.errors import (
    AnswerNotUnderstood,
    BridgeBusy,
    BridgeServerError,
    BridgeTimeout,
    CredentialsRefused,
)
from tmsba.domain.errors import DatabaseDown
from tmsba.domain.values import BookingMode, ConferenceType, ParticipantKind, StoredState, SystemCategory
from tmsba.ports.outbox import JobKind
from tmsba.ports.work import StoreConflict

LAUNCH, END = JobKind.LAUNCH, JobKind.END
PEOPLE = (room(1), dial_in(), dial_out("a@example.com"))
DIALLED = ["a@example.com", "room1@example.com"]
OPENING = ["status", "participants", "spaces", "open_space"]
LOOKING = ["status", "spaces", "calls", "call_legs"]
CLOSING = ["status", "spaces", "calls", "spaces", "close_space", "delete_call"]
SECOND = timedelta(seconds=1)


def book(world, **request):
    request = create_request(**{"participants": PEOPLE, "pin": "4321"} | request)
    mode = BookingMode.STRICT
    return world.booking.save_conference(world.administrator, world.client, request, mode).conference


def end(world, conference):
    world.booking.end_conference(world.administrator, world.client, conference.id)


def delete(world, conference):
    world.booking.delete_conference(world.administrator, world.client, conference.id)


def assert_open(world, number=1, dialled=DIALLED):
    assert world.remote.room(number).is_open
    assert len(world.remote.calls_in(number)) == 1
    assert world.remote.dialled(number) == sorted(dialled)


def assert_closed(world, number=1):
    room = world.remote.room(number)
    assert (room.is_open, room.name, room.passcode) == (False, f"TMS_Scheduled_Meeting_{number}", "")
    assert world.remote.calls_in(number) == []


@pytest.fixture
def launched(world):
    """A conference that was launched at 14 o'clock; its requests are forgotten."""
    conference = book(world)
    world.run_until(at(14))
    world.remote.requests.clear()
    return conference


# ---------------------------------------------------------------- launch and end


def test_a_launch_does_the_requests_in_the_documented_order(world):
    book(world)
    world.run_until(at(14))
    assert world.remote.methods == [*OPENING, "create_call", *LOOKING, "create_call_leg", "create_call_leg"]
    assert world.remote.requests[-2:] == [
        ("create_call_leg", "room1@example.com"),
        ("create_call_leg", "a@example.com"),
    ]
    assert_open(world)


def test_a_launch_gives_the_space_title_pin_and_secret(world):
    conference = book(world, title="Board")
    world.run_until(at(14))
    space = world.remote.room(1)
    assert (space.name, space.passcode, space.secret) == ("Board", "4321", conference.route.secret)


def test_a_launch_notes_what_it_started(world, launched):
    live = world.live.get(launched.id)
    assert live.call_id == world.remote.calls_in(1)[0]
    assert [(leg.remote_party, leg.call_leg_id) for leg in live.legs] == [
        ("room1@example.com", "leg-2"),
        ("a@example.com", "leg-3"),
    ]
    assert (live.opened_at, live.closed_at) == (at(14), None)
    assert world.store.state.spaces[1].cospace_id == "cospace-1"
    assert world.store.state.space_leases == {}


def test_an_end_does_the_requests_in_the_documented_order(world, launched):
    world.run_until(at(15))
    assert world.remote.methods == CLOSING
    assert_closed(world)
    assert world.live.get(launched.id).closed_at == at(15)


@pytest.mark.parametrize(
    ("conference_type", "dialled"),
    [
        (ConferenceType.AUTOMATIC, DIALLED),
        (ConferenceType.ONE_BUTTON_TO_PUSH, ["a@example.com"]),
        (ConferenceType.MANUAL, []),
        (ConferenceType.NO_CONNECT, []),
    ],
)
def test_the_type_of_the_conference_decides_whom_the_bridge_dials(world, conference_type, dialled):
    book(world, type=conference_type)
    world.run_until(at(14))
    assert_open(world, dialled=dialled)


def test_a_recorder_is_dialled_by_its_alias_where_rooms_push_a_button(world):
    recorder = create_system(8, category=SystemCategory.RECORDING, recording_aliases=("rec-1@example.com",))
    world.add_system(recorder)
    recording = wanted(ParticipantKind.SYSTEM, 8, "rec-1@example.com")
    book(world, type=ConferenceType.ONE_BUTTON_TO_PUSH, participants=(room(1), recording))
    world.run_until(at(14))
    assert_open(world, dialled=["rec-1@example.com"])


def test_nobody_asks_a_bridge_for_a_conference_at_an_external_host(world):
    conference = book(world, participants=(room(1), dial_in()), external_dial_string="host@example.org")
    world.run_until(at(15))
    assert (world.row(conference.id, LAUNCH), world.row(conference.id, END)) == (None, None)
    assert world.remote.requests == []


def test_a_pending_conference_that_moves_to_an_external_host_is_not_launched(world):
    conference = book(world, participants=(room(1), dial_in()))
    book(world, id=conference.id, participants=None, external_dial_string="host@example.org")
    world.run_until(at(15))
    assert world.remote.requests == []
    assert world.wish(conference.id, LAUNCH) is None


def test_the_request_id_goes_on_to_the_bridge(world):
    world.client = create_client(request_id="req-77")
    book(world)
    world.run_until(at(14))
    assert world.remote.request_id == "req-77"


def test_nothing_is_done_before_the_start(world):
    book(world)
    world.run_until(at(13, 59))
    assert world.remote.requests == []


def test_a_finished_job_is_not_done_again(world, launched):
    world.run_until(at(14, 59))
    assert world.remote.requests == []


# ---------------------------------------------------------------- changes while it is going on


def update(world, conference, **request):
    kept = {"id": conference.id, "start": None, "end": None, "participants": None, "pin": None}
    return book(world, **kept | request)


def test_an_extended_conference_goes_on_in_its_call(world, launched):
    world.run_until(at(14, 30))
    update(world, launched, end=at(16), title="Longer")
    world.run_until(at(15, 59))
    assert world.remote.methods == [*OPENING, "calls", *LOOKING]
    assert_open(world)
    assert world.remote.room(1).name == "Longer"
    world.run_until(at(16))
    assert_closed(world)


def test_who_is_added_is_dialled_and_who_is_removed_is_hung_up(world, launched):
    world.run_until(at(14, 30))
    update(world, launched, participants=(room(1), room(2), dial_in()))
    world.run_until(at(14, 30))
    assert_open(world, dialled=["room1@example.com", "room2@example.com"])
    assert [leg.remote_party for leg in world.live.get(launched.id).legs] == [
        "room1@example.com",
        "room2@example.com",
    ]


def test_who_hung_up_is_not_dialled_again(world, launched):
    world.remote.legs.clear()
    update(world, launched, title="Other")
    world.run_until(at(14))
    assert world.remote.dialled(1) == []


def test_a_call_that_the_bridge_lost_is_started_again_by_the_next_change(world, launched):
    world.remote.live_calls.clear()
    world.remote.legs.clear()
    update(world, launched, title="Other")
    world.run_until(at(14))
    assert_open(world)


def test_ending_or_deleting_an_ongoing_conference_closes_it_at_once(world, launched):
    world.run_until(at(14, 20))
    delete(world, launched)
    world.run_until(at(14, 20))
    assert_closed(world)


def test_a_conference_that_needs_no_bridge_any_more_is_closed_at_once(world, launched):
    world.run_until(at(14, 20))
    update(world, launched, participants=(room(1),))
    world.run_until(at(14, 20))
    assert_closed(world)


def test_a_conference_that_needs_a_bridge_again_is_opened_again(world, launched):
    world.run_until(at(14, 20))
    update(world, launched, participants=(room(1),))
    world.run_until(at(14, 20))
    update(world, launched, participants=PEOPLE)
    world.run_until(at(14, 20))
    assert_open(world)
    world.run_until(at(15))
    assert_closed(world)


def test_a_conference_that_gets_another_space_leaves_nobody_in_the_first_one(world, launched):
    world.clock.now = at(14, 20)
    update(world, launched, participants=(room(1),))
    book(world, start=at(14, 20), end=at(14, 40), participants=(dial_in(),))
    again = update(world, launched, participants=PEOPLE)
    assert again.route.number == 2
    world.run_until(at(14, 20))
    assert_open(world, 2)
    assert_open(world, 1, dialled=[])
    world.run_until(at(15))
    for number in (1, 2):
        assert_closed(world, number)


def test_a_space_that_is_left_while_its_worker_was_away_is_closed(world, launched):
    """The first number stays free, so that nobody else closes the space by the way."""
    world.clock.now = at(14, 20)
    update(world, launched, participants=(room(1),))
    rival = book(world, start=at(14, 30), participants=(dial_in(),))
    assert rival.route.number == 1
    update(world, launched, participants=PEOPLE)
    delete(world, rival)
    world.run_until(at(15))
    for number in (1, 2):
        assert_closed(world, number)


# ---------------------------------------------------------------- jobs that have nothing to do


def run_only(world, kind):
    """Run one due job of this kind."""
    for job in world.claim():
        if job.kind is kind:
            world.run(job)


@pytest.mark.parametrize("state", [state for state in StoredState if state is not StoredState.BOOKED])
def test_what_is_deleted_or_defective_is_not_launched(world, state):
    conference = book(world)
    world.store.state.conferences[1] = replace(conference, state=state)
    world.run_until(at(16))
    assert world.remote.requests == []


def test_a_conference_that_is_over_is_not_launched_late(world):
    book(world)
    world.clock.now = at(15)
    world.run_until(at(16))
    assert world.remote.requests == []
    assert not any(world.wish(1, kind) for kind in JobKind)


def test_a_conference_that_is_gone_leaves_no_job(world):
    book(world)
    world.clock.now = at(15)
    jobs = world.claim()
    world.store.state.conferences.clear()
    for job in jobs:
        world.run(job)
    assert world.remote.requests == []
    assert world.wish(1, LAUNCH) is world.wish(1, END) is None


def test_a_bridge_that_was_removed_leaves_no_job(world):
    book(world)
    world.store.state.bridges.clear()
    world.run_until(at(16))
    assert world.remote.requests == []
    assert world.wish(1, LAUNCH) is world.wish(1, END) is None


def test_a_launch_that_comes_too_early_waits_for_the_start(world):
    conference = book(world)
    world.store.prepare(lambda uow: uow.outbox.put(conference.id, LAUNCH, at(13)))
    world.run_until(at(13))
    assert world.remote.requests == []
    assert world.wish(conference.id, LAUNCH) == at(14)


def test_an_end_that_comes_too_early_waits_for_the_end(world, launched):
    world.store.prepare(lambda uow: uow.outbox.put(launched.id, END, at(14)))
    world.run_until(at(14))
    assert world.remote.requests == []
    assert world.wish(launched.id, END) == at(15)


def test_a_withdrawn_job_is_not_claimed(world):
    conference = book(world)
    update(world, conference, participants=(room(1),))
    world.clock.now = at(16)
    assert [job.kind for job in world.claim()] == [JobKind.END]


def test_an_end_without_a_launch_touches_nothing(world):
    conference = book(world)
    world.clock.now = at(14)
    end(world, conference)
    world.run_until(at(16))
    assert world.remote.requests == []


def test_a_closed_conference_is_not_closed_again(world, launched):
    world.run_until(at(15))
    world.remote.requests.clear()
    world.store.prepare(lambda uow: uow.outbox.put(launched.id, END, at(15)))
    world.run_until(at(16))
    assert world.remote.requests == []


# ---------------------------------------------------------------- two conferences in one space


@pytest.fixture
def back_to_back():
    """Two conferences in the only space; the first is going on until the second starts at 15."""
    world = World(numbers=1)
    book(world, title="First")
    book(world, title="Second", start=at(15), end=at(16), participants=(room(2), dial_in()))
    world.run_until(at(14))
    world.clock.now = at(15)
    world.remote.requests.clear()
    return world


@pytest.mark.parametrize("order", [(END, LAUNCH), (LAUNCH, END)], ids=["end-first", "launch-first"])
def test_the_earlier_conference_is_closed_before_the_next_one_opens(back_to_back, order):
    world = back_to_back
    jobs = {job.kind: job for job in world.claim()}
    for kind in order:
        world.run(jobs[kind])
    methods = world.remote.methods
    assert methods.count("close_space") == methods.count("delete_call") == 1
    assert methods.index("delete_call") < methods.index("open_space")
    assert world.remote.room(1).name == "Second"
    assert_open(world, dialled=["room2@example.com"])
    assert world.live.get(1).closed_at == at(15)
    assert world.wish(1, END) is None
    world.run_until(at(16))
    assert_closed(world)


def test_a_late_end_job_leaves_the_next_conference_alone(back_to_back):
    world = back_to_back
    jobs = {job.kind: job for job in world.claim()}
    world.run(jobs[LAUNCH])
    world.clock.now = at(15, 20)
    world.remote.requests.clear()
    world.run_until(at(15, 20))
    assert world.remote.requests == []
    assert_open(world, dialled=["room2@example.com"])


def test_an_early_end_lets_the_next_conference_have_the_space():
    world = World(numbers=1)
    first = book(world)
    world.run_until(at(14, 10))
    end(world, first)
    book(world, start=at(14, 10), end=at(15), title="Second")
    world.run_until(at(14, 10))
    assert world.remote.room(1).name == "Second"
    assert_open(world)


# ---------------------------------------------------------------- leases


def test_a_worker_that_lost_its_lease_writes_nothing_more(world):
    conference = book(world)
    world.clock.now = at(14)
    (job,) = world.claim()

    def lose_it(method):
        if method == "create_call":
            world.clock.advance(timedelta(seconds=11))
            world.queue.steal(conference.id, LAUNCH)

    world.remote.before = lose_it
    world.run(job)
    assert "create_call_leg" not in world.remote.methods
    assert world.remote.dialled(1) == []
    row = world.row(conference.id, LAUNCH)
    assert (row.lease_owner, row.done_at) == ("thief", None)


def test_a_lost_lease_is_logged(world, logs):
    book(world)
    world.clock.now = at(14)
    (job,) = world.claim()
    lease = world.lease(job)
    world.clock.advance(timedelta(seconds=30))
    world.runner.run(lease)
    assert "lease_lost" in [entry["event"] for entry in logs]


def test_a_worker_that_was_away_for_too_long_writes_nothing_more(world):
    book(world)
    world.clock.now = at(14)
    (job,) = world.claim()
    lease = world.lease(job)
    world.clock.advance(timedelta(seconds=30))
    world.runner.run(lease)
    assert "open_space" not in world.remote.methods


def test_a_lease_is_renewed_while_the_bridge_is_slow(world):
    conference = book(world)
    world.clock.now = at(14)
    (job,) = world.claim()

    def take_a_while(method):
        world.clock.advance(timedelta(seconds=6))

    world.remote.before = take_a_while
    world.run(job)
    assert_open(world)
    assert world.wish(conference.id, LAUNCH) is None


def test_the_lease_of_the_space_is_renewed_with_the_jobs_own(world):
    book(world)
    left = []

    def take_a_while(method):
        world.clock.advance(3 * SECOND)
        left.append(world.store.state.space_leases[1][1] - world.clock.now)

    world.remote.before = take_a_while
    world.run_until(at(14))
    assert_open(world)
    assert min(left) > timedelta()


def test_a_launch_waits_for_the_job_that_has_the_space(world):
    conference = book(world)
    world.clock.now = at(14)
    world.queue.lease_space(1, "other/1", at(14), at(14) + 5 * SECOND)
    world.run_due()
    assert world.remote.requests == []
    assert timedelta() < world.wish(conference.id, LAUNCH) - at(14) < SECOND
    world.run_until(at(14, 1))
    assert_open(world)


def test_an_end_waits_for_the_job_that_has_the_space(world, launched):
    world.clock.now = at(15)
    world.queue.lease_space(1, "other/1", at(15), at(15) + 5 * SECOND)
    world.run_due()
    assert world.remote.requests == []
    world.run_until(at(15, 1))
    assert_closed(world)


def test_a_worker_that_is_asked_to_stop_gives_the_job_back_between_two_steps(world):
    conference = book(world)
    world.clock.now = at(14)

    def stop(method):
        if method == "create_call":
            world.stop.set()

    world.remote.before = stop
    world.run_due()
    assert world.wish(conference.id, LAUNCH) == at(14)
    assert world.row(conference.id, LAUNCH).lease_owner is None
    assert world.store.state.space_leases == {}
    world.remote.before = None
    world.stop.clear()
    world.run_until(at(14))
    assert_open(world)


def test_a_wish_that_comes_during_a_launch_is_done_afterwards(world):
    conference = book(world)

    def rename(method):
        if method == "create_call":
            world.remote.before = None
            update(world, conference, title="Renamed")

    world.remote.before = rename
    world.run_until(at(14))
    assert world.remote.room(1).name == "Renamed"
    assert_open(world)


@pytest.mark.parametrize("method", [*OPENING, "create_call", "call_legs", "create_call_leg"])
@pytest.mark.parametrize("change", ["ended", "bridge not needed"])
def test_a_conference_that_is_ended_during_its_launch_is_closed(world, method, change):
    """The launch has read the conference; the end comes, and another worker looks at it at once."""
    conference = book(world)

    def interfere(seen):
        if seen != method:
            return
        world.remote.before = None
        if change == "ended":
            end(world, conference)
        else:
            update(world, conference, participants=(room(1),))
        world.run_due()

    world.remote.before = interfere
    world.run_until(at(16))
    assert_closed(world)


@pytest.mark.parametrize("ahead", [2 * SECOND, 30 * SECOND])
def test_a_conference_that_a_worker_with_a_fast_clock_launched_is_closed_when_it_is_deleted(world, ahead):
    conference = book(world)
    world.skew = ahead
    world.clock.now = at(14) - ahead
    world.run_due()
    assert_open(world)
    world.clock.now = at(14) - SECOND
    delete(world, conference)
    world.run_until(at(16))
    assert_closed(world)


# ---------------------------------------------------------------- trouble with the bridge


def test_a_busy_bridge_gets_the_pause_that_it_asks_for(world):
    conference = book(world)
    world.clock.now = at(14)
    for asked_s, pause_s in ((20, 20), (None, 2), (3600, 60)):
        busy = BridgeBusy("The bridge cms.example.com is busy.", retry_after_s=asked_s)
        world.use_fuse(Fuse(at=2, error=busy))
        world.run_due()
        assert world.wish(conference.id, LAUNCH) - world.clock.now == pause_s * SECOND
        world.clock.advance(pause_s * SECOND)
    world.use_fuse(Fuse())
    world.run_due()
    assert_open(world)


def test_a_bridge_that_is_down_is_tried_with_growing_pauses_and_one_ticket(world):
    conference = book(world)
    world.remote.is_down = True
    world.clock.now = at(14)
    pauses = []
    for _ in range(6):
        world.run_due()
        pauses.append((world.wish(conference.id, LAUNCH) - world.clock.now).total_seconds())
        world.clock.now = world.wish(conference.id, LAUNCH)
    assert pauses == [1, 2, 4, 8, 10, 10]
    assert sorted((t.subject, t.kind) for t in world.tickets()) == [
        ("bridge bridge1", "connection"),
        (f"conference {conference.id}", "launch"),
    ]
    texts = {t.kind: t.text for t in world.tickets()}
    assert "connection refused" in texts["connection"]
    assert "Conference 1 has not started on bridge 'bridge1' yet" in texts["launch"]
    assert "pass-word" not in str(texts)


def test_a_bridge_that_comes_back_gets_its_conference_and_closes_the_tickets(world):
    book(world)
    world.remote.is_down = True
    world.run_until(at(14, 5))
    world.remote.is_down = False
    world.run_until(at(14, 6))
    assert_open(world)
    assert world.tickets() == []


def test_a_launch_that_never_came_about_closes_its_ticket_at_the_end(world):
    book(world)
    world.remote.is_down = True
    world.run_until(at(15, 5))
    assert [t.kind for t in world.tickets()] == ["connection"]
    assert world.wish(1, LAUNCH) is world.wish(1, END) is None


@pytest.mark.parametrize("how", [end, delete])
def test_ending_a_conference_that_could_not_start_closes_its_ticket(world, how):
    conference = book(world)
    world.remote.is_down = True
    world.run_until(at(14, 5))
    how(world, conference)
    world.run_until(at(16))
    assert [t.kind for t in world.tickets()] == ["connection"]


def test_a_bridge_that_is_down_at_the_end_is_closed_later(world, launched):
    world.remote.is_down = True
    world.run_until(at(15, 5))
    assert [t.kind for t in world.tickets()] == ["connection"]
    world.remote.is_down = False
    world.run_until(at(15, 6))
    assert_closed(world)
    assert world.tickets() == []


def test_a_bridge_that_was_down_at_the_end_is_closed_by_the_next_conference(back_to_back):
    world = back_to_back
    world.clock.now = at(14, 59)
    world.remote.is_down = True
    world.run_until(at(15, 5))
    world.remote.is_down = False
    world.run_until(at(15, 6))
    assert_open(world, dialled=["room2@example.com"])
    assert world.tickets() == []


def test_a_space_that_can_be_made_by_nobody_now_makes_a_ticket_that_says_what_to_do(world):
    book(world)
    world.store.prepare(lambda uow: uow.bridges.prepare_again(1))
    missing = world.remote.rooms.pop("cospace-1")
    world.run_until(at(14, 1))
    assert "open_space" not in world.remote.methods
    (ticket,) = world.tickets()
    assert (ticket.subject, ticket.kind) == ("conference 1", "launch")
    assert "has no space with number 1: it is made when the bridge is set up" in ticket.text
    assert "'tmsba bridge prepare bridge1'" in ticket.text
    world.remote.rooms[missing.id] = missing
    world.run_until(at(14, 2))
    assert_open(world)
    assert world.tickets() == []


def test_a_bridge_that_answers_closes_its_ticket_although_the_space_is_missing(world):
    book(world)
    world.store.prepare(lambda uow: uow.bridges.prepare_again(1))
    missing = world.remote.rooms.pop("cospace-1")
    world.remote.is_down = True
    world.run_until(at(14, 1))
    world.remote.is_down = False
    world.run_until(at(14, 2))
    assert missing
    assert [t.kind for t in world.tickets()] == ["launch"]


def test_a_space_that_is_missing_at_the_end_is_closed_already(world, launched):
    world.remote.rooms.pop("cospace-1")
    world.run_until(at(15, 1))
    assert world.live.get(launched.id).closed_at == at(15)
    assert world.tickets() == []


def test_a_space_that_was_made_again_is_found_by_its_number(world):
    world.store.prepare(lambda uow: uow.bridges.set_cospace_id(1, "an-old-id"))
    book(world)
    world.run_until(at(14))
    assert_open(world)
    assert world.store.state.spaces[1].cospace_id == "cospace-1"


def test_others_are_dialled_when_the_bridge_refuses_an_address(world):
    world.remote.refused = {"room1@example.com"}
    conference = book(world)
    world.run_until(at(14))
    assert_open(world, dialled=["a@example.com"])
    update(world, conference, title="Other")
    world.run_until(at(14))
    assert world.remote.requests.count(("create_call_leg", "room1@example.com")) == 1
    assert world.tickets() == []


def test_a_refused_address_that_stands_twice_is_not_dialled_again_when_one_of_them_leaves(world):
    world.add_system(create_system(8, sip_uri="lost@example.com"))
    world.remote.refused = {"lost@example.com"}
    conference = book(world, participants=(room(8), dial_out("lost@example.com"), dial_in()))
    world.run_until(at(14))
    for title in ("Other", "Another"):
        update(world, conference, participants=(room(8), dial_in()), title=title)
        world.run_until(at(14))
    assert world.remote.requests.count(("create_call_leg", "lost@example.com")) == 2


def test_one_address_for_two_participants_is_dialled_twice(world):
    book(world, participants=(dial_out("a@example.com"), dial_out("sip:A@example.com")))
    world.run_until(at(14))
    assert world.remote.dialled(1) == ["a@example.com", "sip:A@example.com"]


@pytest.mark.parametrize(
    "error",
    [
        BridgeServerError("500"),
        BridgeTimeout("late", is_outcome_unknown=True),
        CredentialsRefused("401"),
    ],
)
@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("step", range(1, 16))
def test_a_request_that_fails_once_is_made_good_for(world, error, step, is_after):
    book(world)
    world.use_fuse(Fuse(at=step, is_after=is_after, error=error))
    world.run_until(at(14, 1))
    assert_open(world)
    assert world.tickets() == []
    world.run_until(at(15))
    assert_closed(world)


# ---------------------------------------------------------------- trouble with the store


def test_a_job_is_left_to_its_lease_when_the_store_fails(world):
    conference = book(world)
    world.clock.now = at(14)
    (job,) = world.claim()
    world.store.failing_begins = [DatabaseDown("down")] * 2
    world.run(job)
    assert world.remote.requests == []
    assert world.row(conference.id, LAUNCH).lease_owner == "worker"
    world.run_until(at(14, 1))
    assert_open(world)


def test_a_store_that_fails_once_delays_a_launch_only_a_little(world):
    conference = book(world)
    world.clock.now = at(14)
    (job,) = world.claim()
    world.store.failing_begins = [DatabaseDown("down")]
    world.run(job)
    assert world.wish(conference.id, LAUNCH) == at(14) + SECOND


def test_a_lost_race_in_the_store_delays_a_launch_only_a_little(world):
    """A ticket that somebody else closes at the same moment is such a race."""
    conference = book(world)
    world.remote.is_down = True
    world.clock.now = at(14)
    (job,) = world.claim()

    def lose(method):
        world.store.failing_commits = [StoreConflict("lost")]

    world.remote.before = lose
    world.run(job)
    row = world.row(conference.id, LAUNCH)
    assert row.lease_owner is None
    assert row.due_at <= at(14) + 10 * SECOND


def test_readings_for_information_only_do_not_stop_a_launch_or_an_end(world):
    conference = book(world)
    world.clock.now = at(14)

    def odd(method):
        if method in ("status", "participants") or (method == "spaces" and world.remote.calls_in(1)):
            raise AnswerNotUnderstood("odd")

    world.remote.before = odd
    world.run_due()
    assert world.remote.dialled(1)
    world.remote.before = lambda method: odd("" if method == "spaces" else method)
    end(world, conference)
    world.run_due()
    assert world.remote.calls_in(1) == []
