"""Invite mails and booking event mails.

Source: TMSBA guide, GetConferenceInviteMail and GetConferenceBookingEventMail.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tmsba.booking.view.views import (
    ChangedDate,
    ConferenceMail,
    ContentType,
    MailFacts,
    MailMessage,
    MailPurpose,
    MessageKind,
)
from tmsba.domain.conference.request import OverrideKind
from tmsba.domain.people.users import User
from tmsba.domain.time.recurrence import DayOfWeek
from tmsba.domain.values import ConferenceStatus
from tmsba.mail.conference_info import ConferenceInfo
from tmsba.mail.local_times import LocalTimes
from tmsba.mail.recurrence_words import pattern_words
from tmsba.mail.rows import Row, filled, has_address, joining_rows, participants, time_rows, webex_rows
from tmsba.mail.templating import render
from tmsba.mail.words import Words, words_for

_TEMPLATES = {ContentType.PLAIN_TEXT: "conference_mail.txt.j2", ContentType.HTML: "conference_mail.html.j2"}
#: Text, background and border: green, yellow and red.
_COLOURS = {
    MessageKind.INFORMATION: ("#1e4620", "#dff2df", "#3c9a40"),
    MessageKind.WARNING: ("#5c4400", "#fff6d1", "#e0a800"),
    MessageKind.ERROR: ("#6b1414", "#fbe0e0", "#cc2b2b"),
}


class ConferenceTexts(ConferenceInfo):
    """Writes the mails of conferences besides their information texts; implements ``MailRenderer``."""

    def mail(self, facts: MailFacts, content_type: ContentType) -> ConferenceMail:
        """A mail in one of the two ways."""
        details = facts.info.conference.details
        words = words_for(facts.language if facts.language.strip() else details.language)
        times = LocalTimes.of(details.zone_rules, facts.info.owner, words)
        subject = _subject(facts, words)
        content = render(
            _TEMPLATES[content_type],
            words=words,
            subject=subject,
            boxes=[_box(message, words) for message in _messages(facts, times) if any(message.lines)],
            intro=words.say(f"intro_{facts.purpose.value}"),
            title=details.title,
            rows=_rows(facts, times),
            notes=details.user_message.strip(),
            lists=_lists(facts, times),
        )
        return ConferenceMail(content_type=content_type, subject=subject, content=content)


@dataclass(frozen=True, slots=True)
class _Box:
    """A client's message with its prefix and colours."""

    prefix: str
    lines: Sequence[str]
    colour: str
    background: str
    border: str


def _box(message: MailMessage, words: Words) -> _Box:
    colour, background, border = _COLOURS[message.kind]
    prefix = words.say(f"message_{message.kind.value}")
    return _Box(prefix, message.lines, colour, background, border)


def _messages(facts: MailFacts, times: LocalTimes) -> Sequence[MailMessage]:
    """The client's messages, and ours about what could not be booked."""
    words = times.words
    if not facts.defects:
        return (*_about_webex(facts, words), *facts.messages)
    reasons = [words.say("defect_clash" if one.is_clash else "defect_route") for one in facts.defects]
    if facts.pattern:
        days = [times.day(one.period.start) for one in facts.defects]
        reasons = [
            words.say("labelled", label=day, value=why) for day, why in zip(days, reasons, strict=True)
        ]
    ours = MailMessage(MessageKind.WARNING, (words.say("defective"), *reasons))
    return (ours, *_about_webex(facts, words), *facts.messages)


def _about_webex(facts: MailFacts, words: Words) -> Sequence[MailMessage]:
    """That there is no WebEx although somebody asked for it, in mails about the booking."""
    webex = facts.info.conference.details.webex
    is_missing = webex is not None and not webex.is_owned_externally and bool(webex.errors)
    if not is_missing or facts.purpose not in (MailPurpose.CONFIRMATION, MailPurpose.EVENT):
        return ()
    return (MailMessage(MessageKind.WARNING, (words.say("webex_missing"),)),)


def _subject(facts: MailFacts, words: Words) -> str:
    # A line break would end the header of the mail.
    title = " ".join(facts.info.conference.details.title.split())
    if facts.purpose is not MailPurpose.EVENT:
        return words.say(f"subject_{facts.purpose.value}", title=title)
    kinds = [MessageKind.WARNING] if facts.defects else [message.kind for message in facts.messages]
    [kind, *_] = kinds or [MessageKind.INFORMATION]
    return words.say(f"subject_{kind.value}", title=title)


def _rows(facts: MailFacts, times: LocalTimes) -> list[Row]:
    info, words = facts.info, times.words
    details = info.conference.details
    is_invite = facts.purpose is MailPurpose.INVITE
    state = "" if is_invite else words.say(f"state_{facts.status.value.replace('-', '_')}")
    number = str(info.conference.id) if info.conference.id > 0 else ""
    return [
        *filled(words, [("state", state, ""), ("organiser", _person(info.owner), "")]),
        *time_rows(info, times, "first_time" if facts.pattern else "when"),
        *filled(words, [("repeats", _repeats(facts, times), ""), ("location", details.location.strip(), "")]),
        *(joining_rows(info, words, is_invite=is_invite) if _tells_how_to_join(facts) else ()),
        *(webex_rows(info, words, is_invite=is_invite) if _tells_how_to_join(facts) else ()),
        *filled(words, [("conference_id", number, "")]),
    ]


def _tells_how_to_join(facts: MailFacts) -> bool:
    return facts.purpose is not MailPurpose.CANCELLATION and not facts.is_information_left_out


def _person(user: User) -> str:
    return f"{user.display_name} <{user.email}>" if user.email else user.display_name


def _repeats(facts: MailFacts, times: LocalTimes) -> str:
    if facts.pattern is None:
        return ""
    start = times.local(facts.info.conference.period.start)
    return pattern_words(facts.pattern, DayOfWeek(start.isoweekday() % 7), times)


def _lists(facts: MailFacts, times: LocalTimes) -> list[tuple[str, Sequence[str]]]:
    """The headed lists of a mail that have something in them."""
    words = times.words
    is_joined, is_told = _tells_how_to_join(facts), not facts.is_information_left_out
    is_booked = is_joined and facts.status is not ConferenceStatus.NOT_SAVED
    lists: tuple[tuple[str, Sequence[str]], ...] = (
        ("changed_dates", [_changed_date(one, facts, times) for one in facts.changed_dates]),
        ("other_addresses", list(_other_addresses(facts, times)) if is_joined else ()),
        ("participants", participants(facts.info, words, is_booked=is_booked) if is_told else ()),
    )
    return [(words.say(key), lines) for key, lines in lists if lines]


def _changed_date(one: ChangedDate, facts: MailFacts, times: LocalTimes) -> str:
    words, day = times.words, times.day(one.recurrence_id)
    if one.period is None:
        return words.say("date_cancelled", date=day)
    if one.kind is OverrideKind.ADD:
        text = words.say("date_added", when=times.span(one.period))
    elif (one.recurrence_id, facts.info.conference.period.duration) != (
        one.period.start,
        one.period.duration,
    ):
        text = words.say("date_moved", date=day, when=times.span(one.period))
    else:
        text = words.say("date_changed", date=day)
    return words.say("with_title", text=text, title=one.title) if one.title else text


def _other_addresses(facts: MailFacts, times: LocalTimes) -> Iterator[str]:
    if has_address(facts.info):
        for start, address in facts.other_addresses:
            yield times.words.say("labelled", label=times.day(start), value=address)
