"""Make what callers see out of what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tmsba.booking.view.privacy import as_listed_for, deciding_emails, for_caller
from tmsba.booking.view.recording_address import recorded_uri
from tmsba.booking.view.views import ConferenceView, InfoFacts, InfoRenderer, SeriesException
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.privacy import Titled
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.series_differences import differences
from tmsba.domain.conference.webex import WebExState
from tmsba.domain.conference.webex_changes import state_of_date
from tmsba.domain.people.users import Caller
from tmsba.domain.routing.connections import connections_of
from tmsba.domain.values import ConferenceStatus
from tmsba.ports.work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Makes views for one caller in one unit of work."""

    uow: UnitOfWork
    renderer: InfoRenderer
    caller: Caller
    now: datetime

    def conference(self, conference: Conference, series: Series | None = None) -> ConferenceView:
        """A single conference, or an occurrence with its series' pattern."""
        seen = for_caller(conference, self.caller)
        systems = self.uow.systems.many(conference.system_ids)
        owner = self.uow.users.get(conference.owner_id) or self.caller.user
        route = conference.route
        facts = InfoFacts(
            conference=seen,
            owner=owner,
            connections=connections_of(conference, systems),
            systems=systems,
            bridge=self.uow.bridges.get(route.bridge_id) if route else None,
        )
        status = conference.status(self.now)
        return ConferenceView(
            conference=seen,
            owner=owner,
            status=status,
            recorded_uri=recorded_uri(self.uow, conference, status),
            host_pin=conference.details.host_pin,
            info_text=self.renderer.text(facts),
            info_html=self.renderer.html(facts),
            series=series,
            webex_state=state_of_date(
                conference.details, series.details if series and conference.series else conference.details
            ),
        )

    def saved(self, what: Conference | Series) -> ConferenceView:
        """What a call has saved or deleted."""
        return self.series(what) if isinstance(what, Series) else self.conference(what)

    def series(self, series: Series, *, is_mapped: bool = False) -> ConferenceView:
        """A series as a whole, under the id of its first occurrence; negative when it is deleted.

        Args:
            series: the series.
            is_mapped: whether its start is that of the first occurrence that is ongoing or to come.

        Source: TMSBA guide, GetRecurrentConferenceById and the function with the start time mapped.
        """
        first = series.first
        period = series.first_period
        if is_mapped:
            left = (one for one in series.living if one.period.end > self.now)
            period = next(left, first).period
        whole = replace(
            first,
            id=first.id if series.living else -first.id,
            period=period,
            details=series.details,
            participants=series.participants,
            version=series.version,
            transaction_id=max((one.transaction_id or 0 for one in series.occurrences), default=None),
            series=None,
        )
        return replace(
            self.conference(whole, series),
            status=series.status(self.now),
            # Each date has a recording of its own.
            recorded_uri="",
            exceptions=self._exceptions(series),
            is_series=True,
        )

    def _exceptions(self, series: Series) -> tuple[SeriesException, ...]:
        """Without texts: they are those of a mail, and an answer may hold a hundred exceptions."""
        found = differences(series, self.now)
        differing = [one.occurrence for one in found if one.occurrence]
        views = {view.conference.id: view for view in self.listed(differing)} if differing else {}
        return tuple(
            SeriesException(
                kind=one.kind,
                recurrence_id=one.recurrence_id,
                view=_as_exception(views[one.occurrence.id], series) if one.occurrence else None,
            )
            for one in found
        )

    def listed(self, found: Sequence[Conference]) -> list[ConferenceView]:
        """Conferences as lists show them, without participants and texts, in a fixed number of queries."""
        owners = self.uow.users.many({conference.owner_id for conference in found})
        titled = {conference.id: Titled.of(conference) for conference in found}
        emails = deciding_emails(self.uow, self.caller, titled)
        return [
            ConferenceView(
                conference=as_listed_for(conference, self.caller, emails.get(conference.id, ())),
                owner=owners.get(conference.owner_id, self.caller.user),
                status=conference.status(self.now),
                has_participants=False,
                has_webex=False,
            )
            for conference in found
        ]


def _as_exception(view: ConferenceView, series: Series) -> ConferenceView:
    state = state_of_date(view.conference.details, series.details)
    return replace(
        view,
        has_participants=True,
        has_webex=state is WebExState.MODIFY,
        webex_state=state,
    )


def unsaved(conference: Conference, caller: Caller) -> ConferenceView:
    """A conference that is not stored."""
    return ConferenceView(conference=conference, owner=caller.user, status=ConferenceStatus.NOT_SAVED)
