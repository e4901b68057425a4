"""Units of work that are repeated when they lose a race, and the call's licence."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Protocol, TypeVar

from tmsba.booking.ports import ClientSession, Clock, Store, StoreConflict
from tmsba.domain.errors import ServerBusy
from tmsba.domain.people import Caller
from tmsba.licensing.sessions import Client, check_session


class _Committed(Protocol):
    def commit(self) -> None: ...


T = TypeVar("T")
Work = TypeVar("Work", bound=_Committed)
Work_co = TypeVar("Work_co", covariant=True)


class _Writing(Protocol[Work_co]):
    def writing(self) -> AbstractContextManager[Work_co]: ...


#: Each repetition lets at least one rival through, so this many rivals at once are served without a fault.
ATTEMPTS = 32

#: How often the last use of a session is written down: it is only for people to read.
_REMEMBERED_EVERY = timedelta(minutes=1)


def write(store: _Writing[Work], work: Callable[[Work], T]) -> T:
    """Run ``work`` in a unit of work and commit; repeat it whole when another one was faster.

    Raises:
        ServerBusy: it lost every time.
    """
    for _ in range(ATTEMPTS):
        try:
            with store.writing() as uow:
                result = work(uow)
                uow.commit()
                return result
        except StoreConflict:
            continue
    raise ServerBusy("Many bookings compete for the same systems or bridges. Repeat the request in a moment.")


def admit(store: Store, clock: Clock, caller: Caller, client: Client) -> None:
    """Let a licensed call in: its session id is remembered from the first use on.

    Raises:
        ClientSessionBlank: the client must bring a session id.

    Source: TMSBA guide, ClientSession.
    """
    session_id = check_session(client)
    if session_id is None:
        return
    now = clock()
    with store.reading() as uow:
        known = uow.sessions.get(session_id)
    if known and now - known.last_used_at < _REMEMBERED_EVERY:
        return
    session = known or ClientSession(
        id=session_id, user_id=caller.user.id, address=caller.address, first_used_at=now, last_used_at=now
    )
    write(store, lambda uow: uow.sessions.put(replace(session, last_used_at=now)))
