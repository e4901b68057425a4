"""Conferences, the questions about them, and the change log."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.decision import Decision
from tmsba.domain.conference.privacy import Titled
from tmsba.domain.conference.series import Series
from tmsba.domain.conference.transaction import Change, TransactionPage
from tmsba.domain.time.times import Period
from tmsba.domain.values import StatusFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash(Titled):
    """A reservation of a system that overlaps a wanted period."""

    system_id: int
    conference_id: int
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceFilter:
    """Which conferences a list holds."""

    #: What they overlap.
    period: Period
    status: StatusFilter
    #: The present, aware: the status follows from it.
    now: datetime
    #: The systems of which one takes part; ``None`` for any conference, also one without systems.
    system_ids: Collection[int] | None = None
    #: The user who created or owns them; ``None`` for anybody.
    user_id: int | None = None


class Conferences(Protocol):
    """Conferences, their participants, and the reservations that follow from them."""

    def get(self, conference_id: int) -> Conference | None: ...
    def get_for_update(self, conference_id: int) -> Conference | None:
        """The same, locked until the unit of work ends."""

    def by_external_key(self, source_id: str, primary_key: str) -> Conference | None:
        """The conference with this key that is not deleted, locked until the unit of work ends."""

    def deleted_by_external_key(self, source_id: str, primary_key: str) -> Conference | None:
        """The newest deleted conference that had this key; of a deleted series its first occurrence."""

    def give_up_key(self, conference_id: int) -> None:
        """Let the external key of a single conference, or of a whole series, be used for another one.

        The conference still tells its key, and is no longer found by it. The caller has locked it.
        """

    def add(self, conference: Conference) -> Conference:
        """Store a new conference (its id is ignored) with its reservations; return it with its id.

        Raises:
            StoreConflict: a system or the space is reserved by another conference.
        """

    def update(self, conference: Conference) -> None:
        """Replace a stored conference, its participants and its reservations.

        Raises:
            StoreConflict: a system or the space is reserved by another conference.
        """

    def connect(self, conference_id: int, at: datetime) -> None:
        """Note since when everybody is to be connected, aware; nothing else about the conference changes."""

    def series_of(self, conference_id: int) -> Series | None:
        """The series that the occurrence with this id belongs to; a writer locks it until its unit ends.

        ``None`` when there is no such conference or it is a single one.
        """

    def add_series(self, series: Series) -> Series:
        """Store a new series (ids are ignored) with all reservations; return it with its ids.

        The number of statements does not grow with the occurrences.

        Raises:
            StoreConflict: a system or a space is reserved by another conference.
        """

    def update_series(self, before: Series, after: Series) -> Series:
        """Replace a stored series by ``after``: occurrences with id 0 are new, the others replace theirs.

        Every occurrence of ``before`` is in ``after``, except those that have left the series to become
        single conferences: these are given to ``detach`` first. Returns ``after`` with the new ids. The
        number of statements does not grow with the occurrences.

        Raises:
            StoreConflict: a system or a space is reserved by another conference.
        """

    def detach(self, conference: Conference) -> None:
        """Make an occurrence of a series a single conference with details and participants of its own."""

    def next_free(
        self, system_ids: Collection[int], wanted: Period, *, until: datetime, besides: Collection[int] = ()
    ) -> datetime | None:
        """The first start, from that of the wanted period on, from which all these systems are free as long.

        ``None`` when there is none up to ``until``, aware.
        """

    def clashes_in(
        self, system_ids: Iterable[int], periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[Clash]:
        """Reservations of these systems that overlap any of the periods, in one statement."""

    def find(self, wanted: ConferenceFilter, *, limit: int | None = None) -> Sequence[Conference]:
        """The first conferences that a list holds, each once, by start, then id.

        Participants and WebEx are left out.
        """

    def find_ids(self, wanted: ConferenceFilter, *, beyond: int) -> Sequence[int]:
        """The ids of those that come behind the first ``beyond`` ones, in the same order."""

    def find_again(self, wanted: ConferenceFilter, ids: Collection[int]) -> Sequence[Conference]:
        """Those with these ids, of a list, as they are by now; without those that moved or changed out of it.

        In the order of the ids; participants and WebEx are left out.
        """

    def requests(self, now: datetime, *, limit: int) -> Sequence[Conference]:
        """The first conferences that wait for approval and are not over, by end, then id.

        Participants and WebEx are left out.
        """

    def pending_on_bridge(self, bridge_id: int, now: datetime) -> Sequence[Conference]:
        """Booked conferences to come that hold a space of this bridge, by start, then id.

        Participants are left out.
        """

    def decision(self, conference_id: int) -> Decision | None:
        """How the conference was routed when it was last saved; nothing when that was not kept."""

    def participant_emails(self, conference_ids: Collection[int]) -> Mapping[int, Collection[str]]:
        """The e-mail addresses of the participants of these conferences, by their ids, in one statement.

        Conferences whose participants have none are left out.
        """


class TransactionLog(Protocol):
    """The change log; ids strictly increase in the order of commits."""

    def append(self, changes: Sequence[Change]) -> Sequence[int]:
        """Write rows, note the last id on each conference, and return the ids.

        Call it last in a unit of work: from here on others that write to the log wait.
        """

    def since(self, transaction_id: int, *, limit: int, system_id: int | None = None) -> TransactionPage: ...
