"""Units of work that are repeated when they lose a race."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from tmsba.domain.errors import ServerBusy
from tmsba.ports.work import StoreConflict


class _Committed(Protocol):
    def commit(self) -> None: ...


T = TypeVar("T")
Work = TypeVar("Work", bound=_Committed)
Work_co = TypeVar("Work_co", covariant=True)


class _Writing(Protocol[Work_co]):
    def writing(self) -> AbstractContextManager[Work_co]: ...


#: Each repetition lets at least one rival through, so this many rivals at once are served without a fault.
ATTEMPTS = 32


def write(store: _Writing[Work], work: Callable[[Work], T]) -> T:
    """Run ``work`` in a unit of work and commit; repeat it whole when another one was faster.

    Raises:
        ServerBusy: it lost every time.
    """
    return _run(store, work, is_kept=True)


def rehearse(store: _Writing[Work], work: Callable[[Work], T]) -> T:
    """The same, and take it all back.

    Raises:
        ServerBusy: it lost every time.
    """
    return _run(store, work, is_kept=False)


def _run(store: _Writing[Work], work: Callable[[Work], T], *, is_kept: bool) -> T:
    for _ in range(ATTEMPTS):
        try:
            with store.writing() as uow:
                result = work(uow)
                if is_kept:
                    uow.commit()
                return result
        except StoreConflict:
            continue
    raise ServerBusy("Many bookings compete for the same systems or bridges. Repeat the request in a moment.")
