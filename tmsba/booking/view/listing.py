"""Lists of any length, page by page, so that neither the server nor the database holds one as a whole.

Each page is read in a unit of work of its own that is over before the page is handed on: a client that reads
slowly, or goes away, keeps nothing open. The first page is read at once, so whatever is wrong with a request
is raised before anything is answered.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Protocol, TypeVar

from tmsba.booking.view.viewing import Viewer
from tmsba.booking.view.views import ConferenceView
from tmsba.ports.conferences import ConferenceFilter
from tmsba.ports.work import Store, UnitOfWork

#: How many entries are read at once.
PAGE = 500


class _Numbered(Protocol):
    """What is listed in order of ids."""

    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=_Numbered)


def list_by_id(store: Store, page_after: Callable[[UnitOfWork, int, int], Sequence[T]]) -> Iterator[T]:
    """All of what has ids, in their order, each once.

    Args:
        store: the store.
        page_after: reads those with larger ids than the first number, up to as many as the second.
    """

    def page(after: int) -> Sequence[T]:
        with store.reading() as uow:
            return page_after(uow, after, PAGE)

    def further(last: Sequence[T]) -> Iterator[T]:
        while len(last) == PAGE:
            last = page(last[-1].id)
            yield from last

    first = page(0)
    return chain(first, further(first))


def list_conferences(
    store: Store, uow: UnitOfWork, viewer_in: Callable[[UnitOfWork], Viewer], wanted: ConferenceFilter
) -> Iterator[ConferenceView]:
    """Conferences as lists show them, by start, then id.

    Which ones they are is settled in the first unit of work, for which ids do: so each comes once, and none
    is missed, whatever is booked meanwhile. What is told of those behind the first page is what is stored
    when their page is read; one that was changed so that it is not wanted any more is left out.

    Args:
        store: for the units of work of further pages.
        uow: that of the first page.
        viewer_in: makes the viewer for the caller in a unit of work.
        wanted: which conferences.
    """
    found = uow.conferences.find(wanted, limit=PAGE)
    ids = uow.conferences.find_ids(wanted, beyond=PAGE) if len(found) == PAGE else ()

    def further() -> Iterator[ConferenceView]:
        for at in range(0, len(ids), PAGE):
            with store.reading() as later:
                page = viewer_in(later).listed(later.conferences.find_again(wanted, ids[at : at + PAGE]))
            yield from page

    return chain(viewer_in(uow).listed(found), further())
