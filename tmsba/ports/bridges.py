"""Bridges and what they tell."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tmsba.domain.bridge.bridge import (
    Bridge,
    BridgeCredentials,
    BridgeOccupancy,
    BridgePreparation,
    BridgeProfiles,
    ClusterNode,
    Space,
    SpaceState,
)
from tmsba.domain.bridge.call_records import RecordSession
from tmsba.domain.bridge.clusters import Membership
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth
from tmsba.domain.routing.room import Hold
from tmsba.domain.time.times import Period


class Bridges(Protocol):
    """Bridges, their spaces and their credentials."""

    def get(self, bridge_id: int) -> Bridge | None: ...
    def all(self) -> Sequence[Bridge]: ...
    def add(self, bridge: Bridge, credentials: BridgeCredentials) -> Bridge:
        """Store a new bridge (its id is ignored) and a space for each of its numbers.

        Raises:
            ValueError: the URL or the name is taken.
        """

    def change(
        self,
        changed: Bridge,
        *,
        credentials: BridgeCredentials | None = None,
        alternate: BridgeCredentials | None = None,
    ) -> None:
        """Replace what is stored of a bridge; credentials that are not given stay.

        Numbers that are new get a space; those that are gone are not for bookings to come.

        Raises:
            ValueError: the URL or the name is taken.
        """

    def credentials(
        self, bridge_id: int, address: BridgeAddress = BridgeAddress.MAIN
    ) -> BridgeCredentials: ...
    def preparation(self, bridge_id: int) -> BridgePreparation: ...
    def set_preparation(self, bridge_id: int, preparation: BridgePreparation) -> None:
        """Remember what was set up; writes ``cospace_ids`` to the spaces."""

    def profiles(self, bridge_id: int) -> BridgeProfiles:
        """The profiles that the bridge's spaces are given.

        Raises:
            LookupError: no bridge has this id.
        """

    def note_profile(self, bridge_id: int, name: str, profile_id: str) -> str:
        """Remember a profile that was made, unless somebody else was first.

        Returns:
            The id that counts from now on.
        """

    def forget_profiles(self, bridge_id: int) -> None:
        """Forget all profiles that were made: something about them on the bridge is not as noted."""

    def unprepared(self) -> Sequence[Bridge]:
        """Enabled bridges whose preparation is not complete."""

    def numbers_in_use(self, bridge_id: int, now: datetime) -> frozenset[int]:
        """The numbers that need a space: those for bookings to come, others as long as they are booked."""

    def with_surplus(self, now: datetime) -> Sequence[Bridge]:
        """Enabled bridges with spaces that nobody needs any more."""

    def memberships(self) -> Sequence[Membership]:
        """What each bridge knows of its cluster, in order of ids."""

    def set_membership(self, bridge_id: int, cluster_id: str, nodes: tuple[ClusterNode, ...]) -> None:
        """Remember what a bridge tells of its cluster."""

    def lease_setup(self, bridge_id: int, owner: str, now: datetime, until: datetime) -> bool:
        """Let one process at a time set a bridge up; ``True`` also when it is ours already."""

    def release_setup(self, bridge_id: int, owner: str) -> None:
        """Let others set it up."""

    def healths(self) -> Sequence[BridgeHealth]:
        """How each address of each bridge was found, in order of bridges, the main address first."""

    def space(self, space_id: int) -> Space | None: ...
    def spaces(self, bridge_id: int) -> Sequence[Space]:
        """All spaces of a bridge, by number, retired ones too."""

    def numbered(self, numbers: Collection[int]) -> Sequence[Space]:
        """The spaces with these numbers on all bridges; without those that bookings to come cannot get."""

    def holders(self, bridge_id: int, period: Period) -> Mapping[int, Sequence[int]]:
        """The conferences that hold a space of the bridge at some time of the period, by the space's id."""

    def holds(
        self, bridge_ids: Collection[int], now: datetime, *, until: datetime | None = None
    ) -> Mapping[int, Sequence[Hold]]:
        """Who holds a number of these bridges and is not over, by bridge, then start, then id.

        In one statement; bridges that nobody holds a number of are left out.

        Args:
            bridge_ids: the bridges.
            now: the present, aware.
            until: only those that start by then, inclusive; ``None`` for all.
        """

    def set_cospace_id(self, space_id: int, cospace_id: str) -> None:
        """Remember the bridge's own id of a space, whose number can be given from now on."""

    def set_space_state(self, space_id: int, state: SpaceState) -> None:
        """Remember whether the number of a space can be given; where it cannot, forget the bridge's id."""

    def prepare_again(self, bridge_id: int) -> None:
        """Have a bridge set up by whoever sets bridges up: what was made there is gone."""

    def lock_for_allocation(self, bridge_id: int) -> bool:
        """Let one unit of work at a time choose a space on this bridge, until it ends.

        Returns:
            Whether another one may have chosen since this one began.
        """

    def set_told(
        self, bridge_id: int, *, participants: int | None, is_balancing: bool, load: int | None = None
    ) -> None:
        """What the bridge tells of itself: its limits of participants and load, whether it balances calls."""

    def set_software_version(self, bridge_id: int, version: str) -> None:
        """The version that the bridge tells: from now on links fit it, also those of what is booked."""

    def are_spaces_free(
        self, claims: Sequence[tuple[int, Period]], *, besides: Collection[int] = ()
    ) -> Sequence[bool]:
        """Whether nobody but ``besides`` holds a space in a period, for each pair, in one statement."""

    def common_occupancy(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[BridgeOccupancy]:
        """Every bridge, with the lowest number that is free in all the periods, in one statement.

        ``conferences`` counts those that overlap any of the periods.
        """

    def occupancies(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[Sequence[BridgeOccupancy]]:
        """The same for each of the periods by itself, in one statement."""

    def most_participants(
        self, bridge_ids: Collection[int], periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Mapping[int, Sequence[int]]:
        """How many participants each bridge has at the busiest moment of each period, in one statement.

        Those of conferences that hold a space count, but for ``besides``. Under ``lock_for_allocation``
        nobody can add to them.
        """


class RecordSessions(Protocol):
    """Which call detail records have come from the bridges."""

    def locked(self, bridge_id: int, session_id: str, now: datetime) -> RecordSession:
        """What came of a session so far; one unit of work at a time takes records of it in."""

    def put(self, session: RecordSession) -> None:
        """Replace it; only the newest sessions of each bridge are kept."""

    def latest(self) -> Mapping[int, RecordSession]:
        """The session of each bridge that a record came from last, by bridge."""


class HealthChecks(Protocol):
    """Who looks at which bridge next; each call is one unit of work of its own."""

    def claim(self, owner: str, now: datetime, until: datetime, limit: int) -> Sequence[BridgeHealth]:
        """Lease addresses that somebody should look at, as they were found last; none has two owners."""

    def finish(self, health: BridgeHealth, owner: str, due_at: datetime) -> bool:
        """Note what was found and give the lease back; ``False`` when it is no longer ours."""
