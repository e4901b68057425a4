"""What the doors to the use cases share: the store, the clock, and looking things up."""

from dataclasses import dataclass

from tmsba.booking.view.viewing import Viewer
from tmsba.booking.view.views import (
    ConferenceView,
    MailRenderer,
    may_read,
)
from tmsba.domain.conference.conference import Conference
from tmsba.domain.errors import (
    NoAccessToConference,
    SystemNotFound,
    UserNotFound,
)
from tmsba.domain.people.users import Caller, User, split_account
from tmsba.domain.settings import ConferenceSettings
from tmsba.ports.work import Clock, Store, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all doors to the use cases share."""

    store: Store
    clock: Clock
    renderer: MailRenderer

    def _viewer(self, uow: UnitOfWork, caller: Caller) -> Viewer:
        return Viewer(uow=uow, renderer=self.renderer, caller=caller, now=self.clock())

    def _found(self, uow: UnitOfWork, caller: Caller, conference: Conference) -> ConferenceView:
        check_may_read(caller, conference)
        return self._saved(uow, caller, conference)

    def _saved(self, uow: UnitOfWork, caller: Caller, conference: Conference) -> ConferenceView:
        """What the caller has just saved, and so gets to see."""
        series = uow.conferences.series_of(conference.id) if conference.series else None
        return self._viewer(uow, caller).conference(conference, series)

    def _whole(
        self, uow: UnitOfWork, caller: Caller, conference: Conference, *, is_mapped: bool = False
    ) -> ConferenceView:
        check_may_read(caller, conference)
        series = uow.conferences.series_of(conference.id) if conference.series else None
        viewer = self._viewer(uow, caller)
        return viewer.series(series, is_mapped=is_mapped) if series else viewer.conference(conference)


def no_system(system_id: int) -> SystemNotFound:
    """What a caller is told who names a system that does not exist."""
    return SystemNotFound("There is no system with id {id}: GetSystems lists the ids.", id=system_id)


def named_user(uow: UnitOfWork, name: str) -> User | None:
    """The user with this name; ``None`` for a blank one.

    Raises:
        UserNotFound: there is no such user.
    """
    if not name.strip():
        return None
    user = uow.users.by_name(split_account(name.strip())[1])
    if user is None:
        raise UserNotFound(
            "There is no user '{name}': GetUsers lists the names; leave UserName blank for your own "
            "conferences.",
            name=name,
        )
    return user


def settings_of(uow: UnitOfWork) -> ConferenceSettings:
    """The administrator's settings as they are now."""
    return ConferenceSettings.of(uow.settings.all())


def check_may_read(caller: Caller, conference: Conference) -> None:
    """Whether the caller may read a conference.

    Raises:
        NoAccessToConference: it is somebody else's, and the caller may not read all.
    """
    if not may_read(caller, conference):
        raise NoAccessToConference(
            "{user} may not read conference {id}: ask its owner or an administrator.",
            user=caller.user.full_name,
            id=conference.id,
        )
