"""What the texts say of a conference, as rows of a label and a value that the templates lay out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tmsba.booking.view.views import InfoFacts
from tmsba.domain.conference.webex import Telephony, WebExPart
from tmsba.domain.routing.connections import Connection, Direction, webex_call
from tmsba.domain.values import ParticipantKind
from tmsba.mail.local_times import LocalTimes
from tmsba.mail.words import Words


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value, with a link where there is one."""

    label: str
    value: str
    link: str = ""


def filled(words: Words, rows: Iterable[tuple[str, str, str]]) -> list[Row]:
    """The rows that have a value: each made of the key of its label, the value and a link."""
    return [Row(words.say(key), value, link) for key, value, link in rows if value]


def time_rows(facts: InfoFacts, times: LocalTimes, label: str = "when") -> list[Row]:
    """When it is, and how long."""
    period = facts.conference.period
    rows = (label, times.span(period), ""), ("duration", times.words.duration(period.duration), "")
    return filled(times.words, rows)


def has_address(facts: InfoFacts) -> bool:
    """Whether there is a bridge or an external host to dial."""
    return facts.bridge is not None or facts.conference.details.is_externally_hosted


def joining_rows(facts: InfoFacts, words: Words, *, is_invite: bool = False) -> list[Row]:
    """How to join; nothing without a bridge or an external host.

    Our PIN does not open an external host. Who is invited is a guest.

    Args:
        facts: what the text is about; with the PIN of the hosts only where its reader may know it.
        words: the language.
        is_invite: whether it is an invitation.
    """
    if facts.conference.details.is_externally_hosted:
        address = facts.conference.video_address
        has_scheme = address.lower().startswith(("sip:", "sips:"))
        return filled(words, [("join_uri", address, address if has_scheme else f"sip:{address}")])
    route = facts.conference.route
    if route is None or facts.bridge is None:
        return []
    return filled(
        words,
        (
            ("join_uri", route.join_uri, f"sip:{route.join_uri}"),
            ("join_url", route.join_url, route.join_url),
            ("pin", facts.conference.details.pin, ""),
            ("host_pin", "" if is_invite else facts.conference.details.host_pin, ""),
        ),
    )


def webex_rows(facts: InfoFacts, words: Words, *, is_invite: bool = False) -> list[Row]:
    """How to join by WebEx; nothing without it.

    What the client wants to be left out is left out. The host key is for invitations alone, whose receivers
    the client chooses, and the address of the host is never told.

    Args:
        facts: what the text is about.
        words: the language.
        is_invite: whether it is an invitation.

    Source: TMSBA guide, WebEx, ElementsToExclude.
    """
    webex = facts.conference.details.webex
    if webex is None or not webex.is_owned_externally:
        return []
    phone = webex.telephony or Telephony()

    def shown(part: WebExPart, text: str) -> str:
        return text if webex.shows(part) else ""

    host_key = shown(WebExPart.HOST_KEY, webex.host_key) if is_invite else ""
    global_url = shown(WebExPart.GLOBAL_NUMBERS, phone.global_numbers_url)
    return filled(
        words,
        (
            ("webex_number", webex.meeting_key, ""),
            ("webex_url", webex.join_url, _link(webex.join_url)),
            ("webex_password", shown(WebExPart.MEETING_PASSWORD, webex.meeting_password), ""),
            ("webex_host_key", host_key, ""),
            ("webex_toll", phone.toll_number, ""),
            ("webex_toll_free", shown(WebExPart.TOLL_FREE_NUMBER, phone.toll_free_number), ""),
            ("webex_global", global_url, _link(global_url)),
            ("webex_access_code", phone.access_code, ""),
        ),
    )


def _link(url: str) -> str:
    """Only what is a web address becomes a link: clients send what they like."""
    return url if url.lower().startswith(("https://", "http://")) else ""


def participants(facts: InfoFacts, words: Words, *, is_booked: bool = True) -> Sequence[str]:
    """Who takes part, and how they connect where that has been decided."""
    return list(_participants(facts, words, is_booked=is_booked))


def _participants(facts: InfoFacts, words: Words, *, is_booked: bool) -> Iterator[str]:
    for connection in facts.connections:
        name = _name(connection, facts, words)
        how = _how(connection, words, is_connected=has_address(facts))
        yield words.say("labelled", label=name, value=how) if is_booked else name
    webex = webex_call(facts.conference.details)
    if webex and is_booked and facts.bridge:
        is_dialled = words.say("is_dialled", address=webex.address)
        how = is_dialled if webex.is_dialled else words.say("not_connected")
        yield words.say("labelled", label="WebEx", value=how)


def _name(connection: Connection, facts: InfoFacts, words: Words) -> str:
    entry = connection.participant
    if entry.kind is ParticipantKind.SYSTEM:
        system = facts.systems.get(entry.id)
        return system.name if system else words.say("system", id=entry.id)
    if connection.direction is Direction.BRIDGE_DIALS:
        return words.kind(entry.kind)
    return entry.name_or_number or words.kind(entry.kind)


def _how(connection: Connection, words: Words, *, is_connected: bool) -> str:
    if connection.direction is Direction.POINT_TO_POINT:
        address = connection.address
        return words.say("calls", address=address) if address else words.say("is_called")
    if not is_connected or connection.direction is Direction.NOT_CONNECTED:
        return words.say("not_connected")
    if connection.direction is Direction.BRIDGE_DIALS:
        return words.say("is_dialled", address=connection.address)
    return words.say("dials_in")
