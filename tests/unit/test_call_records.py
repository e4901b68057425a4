"""Call detail records that bridges post: whom we believe, and what comes of them."""

from contextlib import suppress
from io import BytesIO

import pytest
from fakes import NOW, World, at, create_request, dial_in, dial_out, room
from hypothesis import given
from hypothesis import strategies as st

from tmsba.booking.clients.call_records import CallRecords
from tmsba.cms.call_records import BridgeRecord, read_records
from tmsba.cms.wire.errors import AnswerNotUnderstood
from tmsba.domain.bridge.call_records import CallRecord, RecordSession, sort_out
from tmsba.domain.conference.live import EventKind
from tmsba.domain.errors import DatabaseDown
from tmsba.domain.values import BookingMode
from tmsba.ports.outbox import JobKind
from tmsba.wsgi.call_records import CallRecordReceiver, ReceiverPaths
from tmsba.wsgi.http import send_text

SESSION = "0b1f9c54-29ba-4b8a-9c1d-2a8f6d1a7c0e"
PATHS = ReceiverPaths("/cdr", b"k" * 32)
OURS = PATHS.path(1)


def record(kind="callLegEnd", index=1, inside="", **attributes):
    given_ = {"type": kind, "recordIndex": index, "correlatorIndex": index - 1, **attributes}
    named = " ".join(f'{name}="{value}"' for name, value in given_.items() if value is not None)
    return f"<record {named}>{inside}</record>"


def leg_end(leg, reason, index=1):
    return record("callLegEnd", index, f'<callLeg id="{leg}"><reason>{reason}</reason></callLeg>')


def posted(*records, session=SESSION):
    return f'<?xml version="1.0"?>\n<records session="{session}">{"".join(records)}</records>'.encode()


@pytest.fixture
def world():
    return World(is_caring=True)


@pytest.fixture
def post(world):
    """Post something to a path; the status of the answer."""

    def otherwise(_environ, start_response):
        return send_text(start_response, 418, "Somebody else's.")

    receiver = CallRecordReceiver(CallRecords(store=world.store, clock=world.clock), PATHS, otherwise)

    def send(body, path=OURS, method="POST"):
        statuses = []
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": BytesIO(body)}
        b"".join(receiver(environ, lambda status, _headers: statuses.append(int(status[:3]))))
        send.environ = environ
        return statuses[0]

    return send


@pytest.fixture
def running(world):
    """A conference that goes on, with two who have answered; nothing is due for half a minute."""
    request = create_request(participants=(room(1), dial_out("a@example.com"), dial_in()))
    mode = BookingMode.STRICT
    conference = world.booking.save_conference(world.administrator, world.client, request, mode).conference
    world.run_until(at(14, 5))
    world.clock.now = at(14, 5)
    return conference


def leg_of(world, address):
    return next(leg for leg, (_, party) in world.remote.legs.items() if party == address)


# ---------------------------------------------------------------- what comes of them


def test_who_hangs_up_is_missed_at_once_and_the_reason_told(world, post, running):
    leg = leg_of(world, "a@example.com")
    del world.remote.legs[leg]
    assert post(posted(leg_end(leg, "remoteTeardown"))) == 200
    world.run_until(at(14, 5).replace(second=2))
    last = world.store.state.events[running.id][-1]
    assert (last.kind, last.text) == (EventKind.LEFT, "a@example.com: hung up")


def test_a_call_that_changes_is_looked_at_a_second_later(world, post, running):
    call = world.live.get(running.id).call_id
    due = world.wish(running.id, JobKind.TEND)
    assert due > at(14, 5).replace(second=1)
    inside = f'<callLeg id="new"><call>{call}</call></callLeg>'
    assert post(posted(record("callLegStart", 1, inside))) == 200
    assert world.wish(running.id, JobKind.TEND) == at(14, 5).replace(second=1)


def test_records_of_others_and_of_kinds_to_come_change_nothing(world, post, running):
    due = world.wish(running.id, JobKind.TEND)
    call = world.live.get(running.id).call_id
    stranger = '<callLeg id="unknown"><call>unknown</call><reason>remoteTeardown</reason></callLeg>'
    unheard = record("hologramStart", 2, f'<call id="{call}"/>')
    assert post(posted(record("callLegEnd", 1, stranger), unheard, "<odd/>")) == 200
    assert world.wish(running.id, JobKind.TEND) == due
    assert world.store.state.leg_ends == {}
    assert world.store.state.record_sessions[1, SESSION].received == 2


def test_what_comes_twice_counts_once(world, post, running):
    leg = leg_of(world, "a@example.com")
    for _ in range(3):
        assert post(posted(leg_end(leg, "remoteTeardown"))) == 200
    session = world.store.state.record_sessions[1, SESSION]
    assert (session.received, session.duplicates, session.missing) == (1, 2, 0)


def test_lost_records_are_counted_and_logged(world, post, running, logs):
    assert post(posted(record(index=1), record(index=5))) == 200
    assert world.store.state.record_sessions[1, SESSION].missing == 3
    assert [entry["missing"] for entry in logs if entry["log_level"] == "warning"] == [3]


def test_without_any_record_the_next_look_finds_everything(world, running):
    del world.remote.legs[leg_of(world, "a@example.com")]
    world.run_until(at(14, 6))
    last = world.store.state.events[running.id][-1]
    assert (last.kind, last.text) == (EventKind.LEFT, "a@example.com")


# ---------------------------------------------------------------- whom we believe


@pytest.mark.parametrize(
    "path",
    [
        "/cdr/1-",
        "/cdr/1",
        "/cdr/",
        "/cdr/1-" + "0" * 40,
        PATHS.path(1)[:-1],
        PATHS.path(1) + "0",
        PATHS.path(1).replace("/1-", "/2-"),
        "/cdr/\u0661-" + "0" * 40,
        "/cdr/1-ü",
        ReceiverPaths("/cdr", b"x" * 32).path(1),
    ],
)
def test_a_path_that_is_no_bridges_gets_nowhere(world, post, path):
    assert post(posted(record()), path) == 404
    assert world.store.state.record_sessions == {}


def test_a_bridge_that_is_gone_is_not_believed_any_more(world, post):
    assert post(posted(record()), PATHS.path(77)) == 404


def test_paths_are_read_without_regard_to_case_and_never_logged(post):
    assert post(posted(record()), PATHS.path(1).upper()) == 200
    assert post.environ["tmsba.logged_path"] == "/cdr/..."
    assert post(b"", "/cdr/secret-to-be") == 404
    assert post.environ["tmsba.logged_path"] == "/cdr/..."
    assert "kkk" not in repr(PATHS)


def test_other_paths_and_methods_are_not_ours(post):
    assert post(b"", "/cdrs/1") == 418
    assert post(b"", "/") == 418
    assert post(b"", method="GET") == 405


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<records/>",
        b"<record/>",
        posted(record())[:-3],
        posted(*[record()] * 2001),
        posted(session="not a session!"),
        b'<!DOCTYPE r [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>' + posted(),
        "<!DOCTYPE r [<!ENTITY a 'b'>]><records session='s'/>".encode("utf-16"),
        b'<records session="s"><record type="&#x0;"/></records>',
    ],
)
def test_what_is_no_list_of_records_is_refused(world, post, body):
    assert post(body) == 400
    assert world.store.state.record_sessions == {}


def test_too_much_at_once_is_refused(post):
    assert post(b" " * (1024 * 1024 + 1)) == 413


def test_a_bridge_sends_again_what_could_not_be_stored(world, post):
    world.store.failing_begins = [DatabaseDown()]
    assert post(posted(record())) == 503
    assert post(posted(record())) == 200
    assert world.store.state.record_sessions[1, SESSION].received == 1


# ---------------------------------------------------------------- reading and sorting out


def test_values_that_look_odd_are_left_out():
    odd = '<callLeg id="a b"><call>x&lt;y</call><reason>' + "r" * 81 + "</reason></callLeg>"
    sent = read_records(posted(record("callLegEnd", -5, odd, correlatorIndex="9" * 19)))
    assert sent.records == (BridgeRecord(kind="callLegEnd"),)
    assert sent.session == SESSION


def test_names_are_read_in_any_letter_case():
    body = b'<RECORDS SESSION="s"><Record TYPE="callEnd" recordindex="3"><Call ID="c1"/></Record></RECORDS>'
    assert read_records(body).records == (BridgeRecord(kind="callEnd", index=3, call_id="c1"),)


@given(st.binary(max_size=200))
def test_whatever_is_posted_is_read_or_refused(body):
    with suppress(AnswerNotUnderstood):
        read_records(body)


def of_session(**values):
    return RecordSession(bridge_id=1, id="s", last_at=NOW, **values)


def test_a_receiver_that_is_set_up_anew_counts_from_one_again():
    before = of_session(last_index=40, last_correlator=90, received=40)
    after, fresh = sort_out(before, [CallRecord(kind="x", index=1, correlator=91)], NOW)
    assert [one.index for one in fresh] == [1]
    assert (after.last_index, after.last_correlator, after.received, after.missing) == (1, 91, 41, 0)


@given(st.lists(st.lists(st.integers(1, 30), max_size=6), max_size=8))
def test_however_records_repeat_each_new_one_counts_once(batches):
    session, seen, highest = of_session(), [], 0
    for batch in batches:
        records = [CallRecord(kind="x", index=i, correlator=i - 1) for i in batch]
        session, fresh = sort_out(session, records, NOW)
        seen += [one.index for one in fresh]
        highest = max([highest, *batch])
    assert seen == sorted(set(seen))
    assert session.received == len(seen)
    assert session.received + session.missing == highest == session.last_index
    assert session.received + session.duplicates == sum(map(len, batches))
