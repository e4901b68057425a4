"""ConferenceInfoText and ConferenceInfoHtml. Source: TMSBA guide, Conference."""

from tmsba.booking.view.views import InfoFacts
from tmsba.mail.local_times import LocalTimes
from tmsba.mail.rows import filled, joining_rows, participants, time_rows, webex_rows
from tmsba.mail.templating import render
from tmsba.mail.words import words_for


class ConferenceInfo:
    """Renders the information texts of conferences in their languages; implements ``InfoRenderer``."""

    def text(self, facts: InfoFacts) -> str:
        """ConferenceInfoText: plain, one fact to a line."""
        return _rendered("conference_info.txt.j2", facts)

    def html(self, facts: InfoFacts) -> str:
        """ConferenceInfoHtml: a fragment to put into a message."""
        return _rendered("conference_info.html.j2", facts)


def _rendered(template: str, facts: InfoFacts) -> str:
    details = facts.conference.details
    words = words_for(details.language)
    times = LocalTimes.of(details.zone_rules, facts.owner, words)
    return render(
        template,
        words=words,
        title=details.title,
        rows=[*time_rows(facts, times), *joining_rows(facts, words), *webex_rows(facts, words)],
        participants=participants(facts, words),
        last_rows=filled(words, [("conference_id", str(facts.conference.id), "")]),
    )
