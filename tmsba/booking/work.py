"""Units of work that are repeated when they lose a race."""

from collections.abc import Callable
from typing import TypeVar

from tmsba.booking.ports import Store, StoreConflict, UnitOfWork
from tmsba.domain.errors import ServerBusy

T = TypeVar("T")

#: Each repetition lets at least one rival through, so this many rivals at once are served without a fault.
ATTEMPTS = 32


def write(store: Store, work: Callable[[UnitOfWork], T]) -> T:
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
