import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from mail_samples import LANGUAGES, info

from tmsba.booking.view.views import InfoFacts
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.conference.conference import Conference, SpaceRoute
from tmsba.domain.conference.details import Details, Participant
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import User
from tmsba.domain.routing.connections import connections
from tmsba.domain.time.times import Period
from tmsba.domain.values import ParticipantKind
from tmsba.mail.conference_info import ConferenceInfo
from tmsba.mail.words import words_for

BRIDGE = Bridge(
    id=1,
    name="Bridge One",
    url="https://cms.example.com",
    domain="example.com",
    numeric_id_base=990400,
    numeric_id_quantity=100,
)
SYSTEMS = {4: System(id=4, name="Board Room", sip_uri="board@example.com"), 5: System(id=5, name="Old Box")}
PARTICIPANTS = (
    Participant(id=1, kind=ParticipantKind.SIP_VIDEO_IN, name_or_number="Guest One"),
    Participant(id=2, kind=ParticipantKind.TELEPHONE_OUT, name_or_number="+47 22 33 44 55"),
    Participant(id=4, kind=ParticipantKind.SYSTEM),
    Participant(id=5, kind=ParticipantKind.SYSTEM),
    Participant(id=77, kind=ParticipantKind.SYSTEM),
)
START = datetime(2026, 1, 29, 13, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def facts(
    *,
    title: str = "Weekly review",
    zone: str = "Europe/Oslo",
    start: datetime = START,
    duration: timedelta = HOUR,
    participants: tuple[Participant, ...] = PARTICIPANTS,
    bridge: Bridge | None = BRIDGE,
    join_url: str = "https://join.example.com/meeting/990442?secret=abc",
    pin: str = "4711",
) -> InfoFacts:
    route = SpaceRoute(
        bridge_id=1, space_id=42, number=990442, join_uri="990442@example.com", join_url=join_url
    )
    conference = Conference(
        id=12,
        owner_id=1,
        created_by_id=1,
        period=Period(start, start + duration),
        details=Details(title=title, pin=pin),
        participants=participants,
        route=route if bridge else None,
    )
    return InfoFacts(
        conference=conference,
        owner=User(id=1, name="anna", time_zone=zone),
        connections=connections(Details(), participants, SYSTEMS),
        systems=SYSTEMS,
        bridge=bridge,
    )


def words_of(html: str) -> list[str]:
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            if data.strip():
                found.append(data.strip())

    Reader().feed(html)
    return found


def test_the_text_tells_everything_that_a_participant_needs():
    assert ConferenceInfo().text(facts()) == (
        "Title: Weekly review\n"
        "Time: Thursday, 29 January 2026, 14:09 - 15:09 (UTC+01:00) Europe/Oslo\n"
        "Duration: 1 hour\n"
        "Video address: 990442@example.com\n"
        "Join in a browser: https://join.example.com/meeting/990442?secret=abc\n"
        "PIN: 4711\n"
        "\n"
        "Participants:\n"
        "- Guest One: dials in\n"
        "- Telephone dial-out: the bridge dials +4722334455\n"
        "- Board Room: the bridge dials board@example.com\n"
        "- Old Box: not connected\n"
        "- System 77: not connected\n"
        "\n"
        "Conference ID: 12\n"
    )


def test_two_systems_that_need_no_bridge_learn_whom_to_call():
    pair = PARTICIPANTS[2:4]
    alone = facts(bridge=None, participants=pair)
    told = InfoFacts.of(alone.conference, alone.owner, SYSTEMS, None)
    text = ConferenceInfo().text(told)
    assert "- Board Room: is called directly\n" in text
    assert "- Old Box: calls board@example.com directly\n" in text


def test_the_html_tells_the_same_as_the_text():
    text = ConferenceInfo().text(facts())
    for word in words_of(ConferenceInfo().html(facts())):
        assert word in text


def test_the_html_is_well_formed_and_links_to_both_ways_of_joining():
    html = ConferenceInfo().html(facts())
    for tag in ("section", "dl", "ul"):
        assert html.count(f"<{tag}>") == html.count(f"</{tag}>") == 1
    assert '<a href="sip:990442@example.com">' in html
    assert '<a href="https://join.example.com/meeting/990442?secret=abc">' in html


def test_what_people_typed_is_escaped_in_html_and_not_in_text():
    title = "<script>alert('1')</script> & \"more\""
    guest = Participant(id=1, kind=ParticipantKind.SIP_VIDEO_IN, name_or_number="<b>Guest</b>")
    typed = facts(title=title, participants=(guest,))
    html = ConferenceInfo().html(typed)
    assert "<script" not in html
    assert "<b>" not in html
    assert {title, "<b>Guest</b>: dials in"} <= set(words_of(html))
    assert f"Title: {title}\n" in ConferenceInfo().text(typed)


@pytest.mark.parametrize("kind", ["text", "html"])
def test_without_a_bridge_there_is_nothing_to_dial(kind):
    rendered = getattr(ConferenceInfo(), kind)(facts(bridge=None))
    for label in ("Video address", "Join in a browser", "PIN", "the bridge dials", "dials in"):
        assert label not in rendered
    assert len(re.findall("not connected", rendered)) == len(PARTICIPANTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_external_host_is_what_everybody_dials(language):
    hosted = info(bridge=None, external_dial_string="host@example.org", language=language)
    text, words = ConferenceInfo().text(hosted), words_for(language)
    assert words.say("labelled", label=words.say("join_uri"), value="host@example.org") in text
    assert text.count(words.say("dials_in")) == len(hosted.connections)
    # Our PIN means nothing there.
    assert hosted.conference.details.pin not in text


@pytest.mark.parametrize(
    ("dial_string", "link"),
    [
        ("host@example.org", "sip:host@example.org"),
        ("sip:host@example.org", "sip:host@example.org"),
        ("SIPS:host@example.org", "SIPS:host@example.org"),
        ("javascript:alert(1)", "sip:javascript:alert(1)"),
        ('"><b>', "sip:&#34;&gt;&lt;b&gt;"),
    ],
)
def test_the_link_to_an_external_host_is_a_call(dial_string, link):
    html = ConferenceInfo().html(info(bridge=None, external_dial_string=dial_string))
    assert f'href="{link}"' in html


@pytest.mark.parametrize("kind", ["text", "html"])
def test_what_is_blank_is_left_out(kind):
    rendered = getattr(ConferenceInfo(), kind)(facts(join_url="", pin="", participants=()))
    for label in ("Join in a browser", "PIN", "Participants"):
        assert label not in rendered
    assert "990442@example.com" in rendered


@pytest.mark.parametrize(
    ("zone", "start", "duration", "when"),
    [
        (
            "W. Europe Standard Time",
            datetime(2026, 7, 1, 8, tzinfo=UTC),
            HOUR,
            "Wednesday, 1 July 2026, 10:00 - 11:00 (UTC+02:00) W. Europe Standard Time",
        ),
        (
            "US/Eastern",
            datetime(2026, 1, 29, 3, tzinfo=UTC),
            HOUR * 3,
            "Wednesday, 28 January 2026, 22:00 - Thursday, 29 January 2026, 01:00 (UTC-05:00) US/Eastern",
        ),
    ],
)
def test_times_are_local_to_the_owner_and_name_both_days_over_midnight(zone, start, duration, when):
    assert f"Time: {when}\n" in ConferenceInfo().text(facts(zone=zone, start=start, duration=duration))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "1 minute"),
        (30, "30 minutes"),
        (60, "1 hour"),
        (90, "1 hour, 30 minutes"),
        (121, "2 hours, 1 minute"),
    ],
)
def test_durations_read_well(minutes, words):
    assert words_for("en").duration(timedelta(minutes=minutes)) == words


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ParticipantKind.SIP_VIDEO_IN, "SIP video dial-in"),
        (ParticipantKind.TELEPHONE_OUT, "Telephone dial-out"),
        (ParticipantKind.ISDN_VIDEO_OUT, "ISDN video dial-out"),
        (ParticipantKind.USER, "User"),
    ],
)
def test_kinds_of_participants_have_names(kind, words):
    assert words_for("en").kind(kind) == words
