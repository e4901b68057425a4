"""The bridge dials WebEx at the start."""

from datetime import timedelta

import pytest
from fakes import World, at, create_client, create_request, dial_in, room, wanted

from tmsba.domain.conference.webex import Telephony, WebEx, WebExWish
from tmsba.domain.values import BookingMode, ConferenceType, ParticipantKind

SIP = "990011@example.webex.com"
PHONE = Telephony(pstn_number="+1 555 0102", dtmf_sequence=",,990011#,,#")
BY_PHONE = WebEx(uses_pstn=True, telephony=PHONE, is_owned_externally=True)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def caring_world():
    return World(is_caring=True)


def book(world, webex=None, **request):
    """A conference from 14 to 15 o'clock with room 1 and WebEx."""
    webex = webex or WebEx(sip_url=SIP, is_owned_externally=True)
    wish = WebExWish(webex=webex, is_explicit=True)
    request = create_request(**{"participants": (room(1),), "webex": wish} | request)
    return world.booking.save_conference(
        world.administrator, world.client, request, BookingMode.STRICT
    ).conference


def tones(world):
    """Whom the bridge dials with which tones."""
    options = world.remote.leg_options
    return {party: options[leg].dtmf_sequence for leg, (_, party) in world.remote.legs.items()}


def test_webex_is_dialled_at_the_start(world):
    book(world)
    world.run_until(at(13, 59))
    assert world.remote.requests == []
    world.run_until(at(14))
    assert tones(world) == {"room1@example.com": "", SIP: ""}
    world.run_until(at(15))
    assert world.remote.calls_in(1) == []


def test_webex_alone_is_dialled(world):
    book(world, participants=())
    world.run_until(at(14))
    assert world.remote.dialled(1) == [SIP]


def test_by_phone_the_number_is_dialled_and_the_tones_are_sent_as_they_came(world):
    book(world, BY_PHONE)
    world.run_until(at(14))
    assert tones(world) == {"room1@example.com": "", "+15550102": ",,990011#,,#"}


def test_nobody_is_dialled_early(caring_world):
    world = caring_world
    book(world)
    world.run_until(at(13, 59))
    assert world.remote.room(1).is_open
    assert world.remote.dialled(1) == []
    world.run_until(at(14))
    assert world.remote.dialled(1) == [SIP, "room1@example.com"]


@pytest.mark.parametrize(
    ("conference_type", "dialled"),
    [
        (ConferenceType.ONE_BUTTON_TO_PUSH, [SIP]),
        (ConferenceType.NO_CONNECT, []),
        (ConferenceType.MANUAL, []),
    ],
)
def test_webex_is_dialled_like_a_dial_out_participant(world, conference_type, dialled):
    book(world, type=conference_type)
    world.run_until(at(14))
    assert world.remote.room(1).is_open
    assert world.remote.dialled(1) == dialled


def test_webex_waits_for_the_master_where_everybody_does(caring_world):
    world = caring_world
    master = wanted(ParticipantKind.MASTER, 1)
    book(world, type=ConferenceType.MANUAL, participants=(room(1), room(2), master))
    world.run_until(at(14, 2))
    assert world.remote.dialled(1) == []
    world.remote.join(1, "room1@example.com")
    world.run_until(at(14, 2) + timedelta(seconds=10))
    assert world.remote.dialled(1) == [SIP, "room1@example.com", "room2@example.com"]


def test_who_does_not_answer_is_dialled_again_with_the_tones(caring_world):
    world = caring_world
    world.remote.answers = lambda party: party != "+15550102"
    book(world, BY_PHONE)
    world.run_until(at(14))
    [first] = [leg for leg, (_, party) in world.remote.legs.items() if party == "+15550102"]
    world.run_until(at(14) + timedelta(seconds=70))
    [second] = [leg for leg, (_, party) in world.remote.legs.items() if party == "+15550102"]
    assert first != second
    options = world.remote.leg_options[second]
    assert (options.dtmf_sequence, options.is_audio_only) == (",,990011#,,#", True)


def update(world, conference, wish, **request):
    kept = {"id": conference.id, "start": None, "end": None, "title": None, "pin": None, "webex": wish}
    request = create_request(**kept | request)
    world.booking.save_conference(world.administrator, create_client(), request, BookingMode.STRICT)
    world.run_until(world.clock.now)


def test_webex_joins_leaves_and_changes_while_the_meeting_goes_on(world):
    conference = book(world, participants=(room(1), dial_in()))
    world.run_until(at(14, 10))
    update(world, conference, WebExWish(is_explicit=True))
    assert world.remote.dialled(1) == ["room1@example.com"]
    webex = WebEx(sip_url="2@example.webex.com", is_owned_externally=True)
    update(world, conference, WebExWish(is_explicit=True, webex=webex))
    assert world.remote.dialled(1) == ["2@example.webex.com", "room1@example.com"]
    update(world, conference, None, title="Other")
    assert world.remote.dialled(1) == ["2@example.webex.com", "room1@example.com"]


def test_a_wish_that_was_not_granted_is_not_dialled(world):
    conference = book(world, WebEx(sip_url=SIP), participants=(room(1), dial_in()))
    assert conference.details.webex.errors
    world.run_until(at(14))
    assert world.remote.dialled(1) == ["room1@example.com"]
