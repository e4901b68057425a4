"""The doors to the use cases, one method for each operation that SOAP and the command line offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tmsba.booking import ending
from tmsba.booking.defaults import default_conference
from tmsba.booking.ports import Clock, Store, UnitOfWork
from tmsba.booking.saving import Saving, check_offered, save
from tmsba.booking.views import ConferenceView, InfoFacts, InfoRenderer, for_caller
from tmsba.booking.work import admit, write
from tmsba.domain.conference import Conference, ConferenceRequest
from tmsba.domain.errors import (
    ConferenceNotFound,
    NoAccessToConference,
    StartAfterEnd,
    SystemNotFound,
    UserNotFound,
)
from tmsba.domain.people import Caller, Permission, User, split_account
from tmsba.domain.system import System
from tmsba.domain.times import Period
from tmsba.domain.transaction import TransactionPage
from tmsba.domain.values import BookingMode, ConferenceStatus, StatusFilter
from tmsba.licensing.sessions import Client
from tmsba.routing.connections import connections
from tmsba.settings.table import ConferenceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """The use cases of the booking service. Source: TMSBA guide, Booking API functions."""

    store: Store
    clock: Clock
    renderer: InfoRenderer

    def default_conference(self, caller: Caller) -> ConferenceView:
        """An unsaved conference with the administrator's defaults."""
        with self.store.reading() as uow:
            settings = _settings(uow)
        conference = default_conference(settings, caller, self.clock())
        return ConferenceView(conference=conference, owner=caller.user, status=ConferenceStatus.NOT_SAVED)

    def save_conference(
        self, caller: Caller, client: Client, request: ConferenceRequest, mode: BookingMode
    ) -> ConferenceView:
        """Create or update a conference, and return it as stored.

        Raises:
            TmsbaError: any documented error of a save; then nothing is stored.
        """
        admit(self.store, self.clock, caller, client)
        check_offered(request)

        def work(uow: UnitOfWork) -> ConferenceView:
            saving = Saving(
                caller=caller,
                client=client,
                request=request,
                mode=mode,
                now=self.clock(),
                settings=_settings(uow),
            )
            return self._view(uow, caller, save(uow, saving))

        return write(self.store, work)

    def get_conference(self, caller: Caller, conference_id: int) -> ConferenceView:
        """A stored conference.

        Raises:
            ConferenceNotFound: there is none with this id.
            NoAccessToConference: the caller may not read it.
        """
        with self.store.reading() as uow:
            conference = uow.conferences.get(conference_id)
            if conference is None:
                raise ConferenceNotFound(
                    "There is no conference with id {id}: check the ConferenceId.", id=conference_id
                )
            _check_may_read(caller, conference)
            return self._view(uow, caller, conference)

    def conferences_for_systems(
        self, caller: Caller, system_ids: Sequence[int], period: Period, status: StatusFilter
    ) -> list[ConferenceView]:
        """Conferences of these systems in a period, without participants and texts.

        Raises:
            SystemNotFound: one of the systems does not exist.
        """
        with self.store.reading() as uow:
            known = uow.systems.many(system_ids)
            for system_id in system_ids:
                if system_id not in known:
                    raise SystemNotFound(
                        "There is no system with id {id}: GetSystems lists the ids.", id=system_id
                    )
            found = uow.conferences.for_systems(system_ids, period, status, self.clock())
            return self._list(uow, caller, found)

    def conferences_for_user(
        self, caller: Caller, user_name: str, period: Period, status: StatusFilter
    ) -> list[ConferenceView]:
        """Conferences that a user created or owns; a blank name means the caller.

        Raises:
            UserNotFound: there is no such user.
        """
        with self.store.reading() as uow:
            user = caller.user
            if user_name.strip():
                named = uow.users.by_name(split_account(user_name.strip())[1])
                if named is None:
                    raise UserNotFound(
                        "There is no user '{name}': GetUsers lists the names; leave UserName blank for your "
                        "own conferences.",
                        name=user_name,
                    )
                user = named
            found = uow.conferences.for_user(user.id, period, status, self.clock())
            return self._list(uow, caller, found)

    def end_conference(self, caller: Caller, client: Client, conference_id: int) -> None:
        """End an ongoing conference."""
        admit(self.store, self.clock, caller, client)
        write(self.store, lambda uow: ending.end(uow, caller, client, conference_id, self.clock()))

    def delete_conference(self, caller: Caller, client: Client, conference_id: int) -> None:
        """Delete a conference, or end it when it is going on."""
        admit(self.store, self.clock, caller, client)
        write(self.store, lambda uow: ending.delete(uow, caller, client, conference_id, self.clock()))

    def transactions_since(self, transaction_id: int, system_id: int | None = None) -> TransactionPage:
        """Changes after the given one, in ascending order, up to the page limit.

        Raises:
            SystemNotFound: the filter names a system that does not exist.
        """
        with self.store.reading() as uow:
            if system_id is not None and uow.systems.get(system_id) is None:
                raise SystemNotFound(
                    "There is no system with id {id}: GetSystems lists the ids.", id=system_id
                )
            limit = _settings(uow).transaction_page_limit
            return uow.transactions.since(transaction_id, limit=limit, system_id=system_id)

    def _view(self, uow: UnitOfWork, caller: Caller, conference: Conference) -> ConferenceView:
        seen = for_caller(conference, caller)
        systems = uow.systems.many(conference.system_ids)
        owner = uow.users.get(conference.owner_id) or caller.user
        bridge = uow.bridges.get(conference.route.bridge_id) if conference.route else None
        facts = InfoFacts(
            conference=seen,
            owner=owner,
            connections=connections(conference.details.type, conference.participants, systems),
            systems=systems,
            bridge=bridge,
        )
        return ConferenceView(
            conference=seen,
            owner=owner,
            status=conference.status(self.clock()),
            info_text=self.renderer.text(facts),
            info_html=self.renderer.html(facts),
        )

    def _list(self, uow: UnitOfWork, caller: Caller, found: Sequence[Conference]) -> list[ConferenceView]:
        owners = uow.users.many({conference.owner_id for conference in found})
        now = self.clock()
        return [
            ConferenceView(
                conference=for_caller(conference, caller),
                owner=owners.get(conference.owner_id, caller.user),
                status=conference.status(now),
                has_participants=False,
            )
            for conference in found
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSetup:
    """The use cases of the remote setup service. Source: TMSBA guide, Remote Setup API Functions."""

    store: Store

    def systems(self) -> Sequence[System]:
        """All systems that can be booked; bridges are none of them."""
        with self.store.reading() as uow:
            return uow.systems.all()

    def system(self, system_id: int) -> System:
        """One system.

        Raises:
            SystemNotFound: there is none with this id.
        """
        with self.store.reading() as uow:
            found = uow.systems.get(system_id)
        if found is None:
            raise SystemNotFound("There is no system with id {id}: GetSystems lists the ids.", id=system_id)
        return found

    def users(self) -> Sequence[User]:
        """All users."""
        with self.store.reading() as uow:
            return uow.users.all()


def _settings(uow: UnitOfWork) -> ConferenceSettings:
    return ConferenceSettings.of(uow.settings.all())


def _check_may_read(caller: Caller, conference: Conference) -> None:
    is_own = caller.user.id in (conference.owner_id, conference.created_by_id)
    if not is_own and not caller.may(Permission.READ_ALL_CONFERENCES):
        raise NoAccessToConference(
            "{user} may not read conference {id}: ask its owner or an administrator.",
            user=caller.user.full_name,
            id=conference.id,
        )


def query_period(start: datetime, end: datetime) -> Period:
    """The period that a list asks for (aware times).

    Raises:
        StartAfterEnd: it ends before it starts.
    """
    if end < start:
        raise StartAfterEnd("StartTime is later than EndTime: exchange them, or widen the period.")
    return Period(start, end)
