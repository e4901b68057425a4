"""ConferenceInfoText and ConferenceInfoHtml. Source: TMSBA guide, Conference."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from tmsba.booking.views import InfoFacts
from tmsba.domain.conference import Conference
from tmsba.domain.values import ParticipantKind
from tmsba.domain.zones import offset_name, zone
from tmsba.mail.words import ENGLISH, Words
from tmsba.routing.connections import Connection, Direction


@dataclass(frozen=True, slots=True)
class ConferenceInfo:
    """Renders the information texts of conferences; implements ``InfoRenderer``.

    Args:
        words: the words of the reader's language.
    """

    words: Words = ENGLISH

    def text(self, facts: InfoFacts) -> str:
        """ConferenceInfoText: plain, one fact to a line."""
        return self._render("conference_info.txt.j2", facts)

    def html(self, facts: InfoFacts) -> str:
        """ConferenceInfoHtml: a fragment to put into a message."""
        return self._render("conference_info.html.j2", facts)

    def _render(self, template: str, facts: InfoFacts) -> str:
        return _environment().get_template(template).render(_context(facts, self.words)).strip() + "\n"


@cache
def _environment() -> Environment:
    # Both templates are compiled once in each process.
    return Environment(
        loader=PackageLoader("tmsba.mail"),
        # Also escapes .html.j2, which the default would take for plain text.
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _context(facts: InfoFacts, words: Words) -> Mapping[str, Any]:
    conference = facts.conference
    route = conference.route if facts.bridge else None
    return {
        "words": words,
        "title": conference.details.title,
        "conference_id": conference.id,
        "when": _when(conference, facts.owner.time_zone, words),
        "duration": words.duration(conference.period.duration),
        "join_uri": route.join_uri if route else "",
        "join_url": route.join_url if route else "",
        "pin": conference.details.pin if route else "",
        "participants": [_participant(connection, facts, words) for connection in facts.connections],
    }


def _when(conference: Conference, zone_name: str, words: Words) -> str:
    """Start and end in the owner's zone; the end's date only when it is another day."""
    start, end = (
        moment.astimezone(zone(zone_name)) for moment in (conference.period.start, conference.period.end)
    )
    last = words.time(end) if start.date() == end.date() else f"{words.date(end)}, {words.time(end)}"
    name = offset_name(zone_name, conference.period.start)
    return f"{words.date(start)}, {words.time(start)} - {last} {name}"


def _participant(connection: Connection, facts: InfoFacts, words: Words) -> Mapping[str, str]:
    entry = connection.participant
    if entry.kind is ParticipantKind.SYSTEM:
        system = facts.systems.get(entry.id)
        name = system.name if system else words.system(entry.id)
    elif connection.direction is Direction.BRIDGE_DIALS:
        name = words.kind(entry.kind)
    else:
        name = entry.name_or_number or words.kind(entry.kind)
    return {"name": name, "how": words.connection(connection, has_bridge=facts.bridge is not None)}
