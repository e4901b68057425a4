"""Conferences, series, transactions and what clients need to book, as callers may see them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tmsba.booking.request.defaults import default_conference
from tmsba.booking.request.lookup import by_external_key, found, occurrence_by_external_key
from tmsba.booking.request.time_zones import zone_rules
from tmsba.booking.view.desk import Desk, check_may_read, named_user, no_system, settings_of
from tmsba.booking.view.listing import list_conferences
from tmsba.booking.view.viewing import Viewer, unsaved
from tmsba.booking.view.views import (
    ConferenceView,
)
from tmsba.domain.conference.transaction import TransactionPage
from tmsba.domain.conference.webex import WebExSite, site_key
from tmsba.domain.conference.webex_changes import no_site
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import Caller
from tmsba.domain.time.time_zone import ZoneRules
from tmsba.domain.time.times import Period
from tmsba.domain.values import StatusFilter
from tmsba.ports.conferences import ConferenceFilter
from tmsba.ports.work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Desk):
    """The use cases that only read. Source: TMSBA guide, Booking API functions."""

    def default_conference(self, caller: Caller) -> ConferenceView:
        """An unsaved conference with the administrator's defaults."""
        with self.store.reading() as uow:
            settings = settings_of(uow)
        return unsaved(default_conference(settings, caller, self.clock()), caller)

    def get_conference(self, caller: Caller, conference_id: int) -> ConferenceView:
        """A stored conference, or one occurrence of a series.

        Raises:
            ConferenceNotFound: there is none with this id.
            NoAccessToConference: the caller may not read it.
        """
        with self.store.reading() as uow:
            return self._found(uow, caller, found(uow, conference_id))

    def get_series(self, caller: Caller, conference_id: int, *, is_mapped: bool = False) -> ConferenceView:
        """A series with its exceptions, by the id of any occurrence; or a single conference.

        Args:
            caller: who asks.
            conference_id: any occurrence's id.
            is_mapped: whether the start is that of the first occurrence that is ongoing or to come.

        Raises:
            ConferenceNotFound, NoAccessToConference.
        """
        with self.store.reading() as uow:
            return self._whole(uow, caller, found(uow, conference_id), is_mapped=is_mapped)

    def get_by_external_key(self, caller: Caller, source_id: str, primary_key: str) -> ConferenceView:
        """A conference, or a series with its exceptions, by its external key.

        Raises:
            ConferenceNotFound, NoAccessToConference.
        """
        with self.store.reading() as uow:
            return self._whole(uow, caller, by_external_key(uow, source_id, primary_key))

    def get_occurrence_by_external_key(
        self, caller: Caller, source_id: str, primary_key: str, recurrence_id: datetime | None
    ) -> ConferenceView:
        """One occurrence by the external key of its series.

        Raises:
            ConferenceNotFound, OccurrenceNotFound, NoAccessToConference.
        """
        with self.store.reading() as uow:
            one = occurrence_by_external_key(uow, source_id, primary_key, recurrence_id, self.clock())
            return self._found(uow, caller, one)

    def id_by_external_key(
        self, caller: Caller, source_id: str, primary_key: str, recurrence_id: datetime | None
    ) -> int:
        """The ConferenceId of one occurrence by the external key of its series.

        Raises:
            ConferenceNotFound, OccurrenceNotFound, NoAccessToConference.
        """
        with self.store.reading() as uow:
            one = occurrence_by_external_key(uow, source_id, primary_key, recurrence_id, self.clock())
            check_may_read(caller, one)
            return one.id

    def conferences_for_systems(
        self, caller: Caller, system_ids: Sequence[int], period: Period, status: StatusFilter
    ) -> Iterator[ConferenceView]:
        """Conferences of these systems in a period, without participants and texts; of none means all.

        Raises:
            SystemNotFound: one of the systems does not exist.
        """
        with self.store.reading() as uow:
            known = uow.systems.many(system_ids)
            for system_id in system_ids:
                if system_id not in known:
                    raise no_system(system_id)
            now = self.clock()
            wanted = ConferenceFilter(period=period, status=status, now=now, system_ids=system_ids or None)
            return self._listed(uow, caller, wanted)

    def conferences_for_user(
        self, caller: Caller, user_name: str, period: Period, status: StatusFilter
    ) -> Iterator[ConferenceView]:
        """Conferences that a user created or owns; a blank name means the caller.

        Raises:
            UserNotFound: there is no such user.
        """
        with self.store.reading() as uow:
            user = named_user(uow, user_name) or caller.user
            wanted = ConferenceFilter(period=period, status=status, now=self.clock(), user_id=user.id)
            return self._listed(uow, caller, wanted)

    def _listed(self, uow: UnitOfWork, caller: Caller, wanted: ConferenceFilter) -> Iterator[ConferenceView]:
        def viewer_in(one: UnitOfWork) -> Viewer:
            return Viewer(uow=one, renderer=self.renderer, caller=caller, now=wanted.now)

        return list_conferences(self.store, uow, viewer_in, wanted)

    def transactions_since(self, transaction_id: int, system_id: int | None = None) -> TransactionPage:
        """Changes after the given one, in ascending order, up to the page limit.

        Raises:
            SystemNotFound: the filter names a system that does not exist.
        """
        with self.store.reading() as uow:
            if system_id is not None and uow.systems.get(system_id) is None:
                raise no_system(system_id)
            limit = settings_of(uow).transaction_page_limit
            return uow.transactions.since(transaction_id, limit=limit, system_id=system_id)

    def recording_aliases(self, caller: Caller, user_name: str) -> list[System]:
        """The recording systems with their aliases, for a user; a blank name means the caller.

        Raises:
            UserNotFound: there is no such user.

        Source: TMSBA guide, GetRecordingAliases.
        """
        with self.store.reading() as uow:
            _ = named_user(uow, user_name) or caller.user
            return [one for one in uow.systems.all() if one.recording_aliases and one.is_booking_allowed]

    def webex_site_defaults(self, site_url: str) -> WebExSite:
        """A registered WebEx site; a blank address means the default one.

        Raises:
            WebExSiteNotFound: there is no such site.
        """
        with self.store.reading() as uow:
            sites = uow.webex_sites.all()
        key = site_key(site_url)
        found = (one for one in sites if (one.key == key if key else one.is_default))
        site = next(found, None)
        if site is None:
            raise no_site(site_url)
        return site

    def time_zone_rules(self, name: str) -> ZoneRules:
        """The rules of a time zone by its Windows or IANA name.

        Raises:
            InvalidTimeZone: there is no such zone.

        Source: TMSBA guide, GetTimeZoneRulesById.
        """
        return zone_rules(name.strip(), self.clock().year)
