"""Gather what a mail about a conference tells. Nothing is stored or sent.

Source: TMSBA guide, GetConferenceInviteMail and GetConferenceBookingEventMail.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tmsba.booking.request.defaults import default_conference
from tmsba.booking.request.intent import requested_participants, said_details
from tmsba.booking.request.patterns import FIRST_VERSION_WITH_UTC_DAYS
from tmsba.booking.request.time_zones import zone_rules
from tmsba.booking.view.viewing import Viewer, unsaved
from tmsba.booking.view.views import (
    ChangedDate,
    ConferenceMail,
    ConferenceView,
    ContentType,
    InfoFacts,
    MailFacts,
    MailMessage,
    MailPurpose,
    MailRenderer,
    may_read,
)
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.request import ConferenceRequest, Override, OverrideKind
from tmsba.domain.conference.rules import clean_title, new_period
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.webex_changes import completed, webex_after
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.users import User, split_account
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.time.occurrences import local_days
from tmsba.domain.time.recurrence import RecurrencePattern
from tmsba.domain.time.times import Period
from tmsba.ports.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Letter:
    """How a client wants its mail.

    Args:
        purpose: what the mail is for.
        messages: what the client wants to be said.
        content_types: the wanted ones in their order; none for all.
        language: a culture name; blank for the language of the conference.
    """

    purpose: MailPurpose
    messages: tuple[MailMessage, ...]
    content_types: tuple[ContentType, ...]
    language: str

    def written(self, renderer: MailRenderer, about: MailFacts) -> list[ConferenceMail]:
        """One mail for each content type, in the order asked, each once."""
        facts = replace(about, purpose=self.purpose, messages=self.messages, language=self.language)
        wanted = dict.fromkeys(self.content_types or ContentType)
        return [renderer.mail(facts, content_type) for content_type in wanted]


def about_view(uow: UnitOfWork, view: ConferenceView) -> MailFacts:
    """The facts of a stored conference, an occurrence or a whole series."""
    series = view.series if view.is_series else None
    return MailFacts(
        purpose=MailPurpose.INVITE,
        info=_info(uow, view.conference, view.owner),
        status=view.status,
        pattern=series.pattern if series else None,
        changed_dates=_changed_dates(view) if series else (),
        other_addresses=_other_addresses(view.conference, series) if series else (),
    )


def about_request(
    viewer: Viewer, client: Client, request: ConferenceRequest, settings: ConferenceSettings
) -> MailFacts:
    """The facts of what is stored under the request's id or key, with what it says on top.

    Raises:
        StartAfterEnd: the request ends before it starts.
    """
    uow = viewer.uow
    stored = _stored(viewer, request)
    basis = stored or unsaved(default_conference(settings, viewer.caller, viewer.now), viewer.caller)
    conference = _on_top(basis.conference, client, request)
    owner = _named_owner(uow, request, basis.owner)
    facts = replace(about_view(uow, basis), info=_info(uow, conference, owner))
    # An occurrence comes with the pattern of its series.
    if request.pattern is None or request.recurrence_id is not None:
        return facts
    said = request.overrides
    return replace(
        facts,
        pattern=_local_pattern(request.pattern, client, conference, owner),
        changed_dates=facts.changed_dates
        if said is None
        else tuple(_changed_date(one, conference) for one in said),
    )


def _info(uow: UnitOfWork, conference: Conference, owner: User) -> InfoFacts:
    bridge = uow.bridges.get(conference.route.bridge_id) if conference.route else None
    return InfoFacts.of(conference, owner, uow.systems.many(conference.system_ids), bridge)


def _changed_dates(view: ConferenceView) -> tuple[ChangedDate, ...]:
    title = view.conference.details.title
    return tuple(
        ChangedDate(
            kind=one.kind,
            recurrence_id=one.recurrence_id,
            period=one.view.conference.period if one.view else None,
            title=_other_title(one.view.conference.details.title if one.view else "", title),
        )
        for one in view.exceptions
    )


def _other_title(title: str, common: str) -> str:
    return title if title != common else ""


def _other_addresses(conference: Conference, series: Series) -> tuple[tuple[datetime, str], ...]:
    return tuple(
        (one.period.start, one.video_address)
        for one in series.living
        if one.video_address not in ("", conference.video_address)
    )


def _stored(viewer: Viewer, request: ConferenceRequest) -> ConferenceView | None:
    """What the request is about, if it is stored and the caller may read it."""
    conferences = viewer.uow.conferences
    by_key = (
        conferences.by_external_key(request.external_source_id or "", request.external_primary_key)
        if request.external_primary_key
        else None
    )
    one = by_key or (conferences.get(request.id) if request.id and request.id > 0 else None)
    if one is None or not may_read(viewer.caller, one):
        return None
    series = conferences.series_of(one.id) if one.series else None
    if series is None:
        return viewer.conference(one)
    if request.recurrence_id is not None:
        return viewer.conference(_occurrence(series, request.recurrence_id) or one, series)
    return viewer.series(series) if by_key or request.pattern else viewer.conference(one, series)


def _occurrence(series: Series, recurrence_id: datetime) -> Conference | None:
    members = (one for one in series.occurrences if one.series)
    return next((one for one in members if one.series and one.series.recurrence_id == recurrence_id), None)


def _on_top(basis: Conference, client: Client, request: ConferenceRequest) -> Conference:
    """A conference as the request wants it; nothing of that is checked, as the mail may be about an error."""
    start = request.start or basis.period.start
    end = request.end or _later(start, basis.period.duration)
    said = said_details(client, request, basis.details)
    title = clean_title(said.pop("title", "")) or basis.details.title
    wish = completed(said.pop("webex", None), basis.details)
    webex = webex_after(basis.details.webex, wish)
    is_kept = request.participants is None
    return replace(
        basis,
        period=new_period(start, end),
        details=replace(basis.details, **said, title=title, webex=webex),
        participants=basis.participants if is_kept else requested_participants(request, basis.participants),
    )


def _later(moment: datetime, duration: timedelta) -> datetime:
    try:
        return moment + duration
    except OverflowError:  # the calendar ends
        return moment


def _named_owner(uow: UnitOfWork, request: ConferenceRequest, otherwise: User) -> User:
    """The owner that the request names. Unlike a save this makes no user of somebody unknown."""
    named = request.owner
    known = uow.users.get(named.id) if named.id and named.id > 0 else None
    if known is None and named.email:
        known = uow.users.by_email(named.email)
    if known is None and named.user_name:
        known = uow.users.by_name(split_account(named.user_name)[1])
    if known or not (named.email or named.user_name):
        return known or otherwise
    domain, name = split_account(named.user_name or named.email)
    return User(
        id=0,
        name=name,
        domain=domain,
        first_name=named.first_name,
        last_name=named.last_name,
        email=named.email,
        time_zone=otherwise.time_zone,
    )


def _local_pattern(
    pattern: RecurrencePattern, client: Client, conference: Conference, owner: User
) -> RecurrencePattern:
    if client.version < FIRST_VERSION_WITH_UTC_DAYS:
        return pattern
    start = conference.period.start
    rules = conference.details.zone_rules or zone_rules(owner.time_zone, start.year)
    days = local_days(pattern.days_of_week, start, rules)
    return replace(pattern, days_of_week=days)


def _changed_date(override: Override, conference: Conference) -> ChangedDate:
    """What a request says about one date of its series."""
    request = override.request
    start = override.recurrence_id or (request.start if request else None) or conference.period.start
    moved_to = (request.start if request else None) or start
    ends = request.end if request else None
    end = ends if ends and ends > moved_to else _later(moved_to, conference.period.duration)
    is_deleted = override.kind is OverrideKind.DELETE
    return ChangedDate(
        kind=override.kind,
        recurrence_id=start,
        period=None if is_deleted else Period(moved_to, end),
        title=_other_title((request.title if request else "") or "", conference.details.title),
    )
