"""Bridges, their spaces and their credentials."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, or_, select, text, update

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
from tmsba.domain.bridge.clusters import Membership
from tmsba.domain.bridge.health import BridgeAddress, BridgeHealth
from tmsba.domain.routing.room import Hold
from tmsba.domain.time.times import Period
from tmsba.store.bridges import profiles as bridge_profiles
from tmsba.store.bridges import spaces as bridge_spaces
from tmsba.store.bridges.health import check_soon, read_healths
from tmsba.store.bridges.load import read_most_participants
from tmsba.store.bridges.occupancy import are_free, read_common_occupancy, read_occupancies
from tmsba.store.sql.engine import is_postgresql
from tmsba.store.sql.rows import BRIDGE_FIELDS, to_bridge, to_space
from tmsba.store.sql.secrets import SecretBox
from tmsba.store.sql.statements import insert_if_new
from tmsba.store.tables.tables import bridge, space

#: The first half of the advisory locks' keys; the second is the bridge's id.
_ALLOCATION_LOCK = 0x746D7363


# A job asks these again and again: to put a statement together takes longer than to run it.
_BY_ID = select(bridge).where(bridge.c.id == bindparam("its_id"))
_SPACE = select(space).where(space.c.id == bindparam("its_id"))


class SqlBridges:
    """Implements ``tmsba.ports.bridges.Bridges``."""

    def __init__(self, connection: Connection, secret_box: SecretBox) -> None:
        self._connection = connection
        self._secret_box = secret_box

    def get(self, bridge_id: int) -> Bridge | None:
        """The bridge with this id."""
        row = self._connection.execute(_BY_ID, {"its_id": bridge_id}).mappings().one_or_none()
        return None if row is None else to_bridge(row)

    def all(self) -> Sequence[Bridge]:
        """In order of ids."""
        return self._find()

    def unprepared(self) -> Sequence[Bridge]:
        """Enabled bridges whose preparation is not complete."""
        return self._find(bridge.c.is_enabled, ~bridge.c.is_prepared)

    def add(self, new: Bridge, credentials: BridgeCredentials) -> Bridge:
        """Store a new bridge (its id is ignored) and a space for each of its numbers.

        Raises:
            ValueError: the URL or the name is taken.
            SecretKeyMissing: the deployment has no key for secrets.
        """
        row = _values(new) | self._main_login(credentials) | {"software_version": "", "is_prepared": False}
        bridge_id = insert_if_new(self._connection, bridge, row)
        if bridge_id is None:
            raise ValueError(self._what_is_taken(new))
        bridge_spaces.set_numbers(self._connection, bridge_id, new.numbers)
        added = replace(new, id=bridge_id)
        check_soon(self._connection, added)
        return added

    def change(
        self,
        changed: Bridge,
        *,
        credentials: BridgeCredentials | None = None,
        alternate: BridgeCredentials | None = None,
    ) -> None:
        """Replace what is stored of a bridge; credentials that are not given stay.

        Numbers that are new get a space; those that are gone are not for bookings to come. The bridge counts
        as not prepared when its address or its numbers changed. Bookings keep the dial strings they have.

        Raises:
            LookupError: no bridge has this id.
            ValueError: the URL or the name is taken.
            SecretKeyMissing: the deployment has no key for secrets.
        """
        # Whoever is choosing a space right now chooses first.
        self.lock_for_allocation(changed.id)
        before = to_bridge(self._row(changed.id))
        values = _values(changed)
        if credentials is not None:
            values |= self._main_login(credentials)
        if alternate is not None or not changed.alternate_url:
            values |= self._alternate_login(alternate)
        if (before.url, before.numbers) != (changed.url, changed.numbers):
            values["is_prepared"] = False
        if reason := self._what_is_taken(changed):
            raise ValueError(reason)
        self._connection.execute(update(bridge).where(bridge.c.id == changed.id).values(values))
        bridge_spaces.set_numbers(self._connection, changed.id, changed.numbers)
        check_soon(self._connection, changed)

    def credentials(self, bridge_id: int, address: BridgeAddress = BridgeAddress.MAIN) -> BridgeCredentials:
        """How to log in at one of its addresses.

        Raises:
            LookupError: no bridge has this id, or it has no alternate address.
            SecretKeyMissing: the deployment has no key for secrets.
            SecretUnreadable: the key is not the one the password was stored with.
        """
        row = self._row(bridge_id)
        prefix = "alternate_" if address is BridgeAddress.ALTERNATE else ""
        sealed = row[f"sealed_{prefix}password"]
        if not sealed:
            raise LookupError(f"bridge {bridge_id} has no alternate address")
        return BridgeCredentials(
            username=row[f"{prefix}username"],
            password=self._secret_box.unseal(sealed),
            ca_pem=row["ca_pem"],
            fingerprint=row[f"{prefix}fingerprint"],
        )

    def preparation(self, bridge_id: int) -> BridgePreparation:
        """What was set up so far.

        Raises:
            LookupError: no bridge has this id.
        """
        row = self._row(bridge_id)
        return BridgePreparation(
            call_profile_id=row["call_profile_id"],
            call_leg_profile_id=row["call_leg_profile_id"],
            ranges=row["ranges"] or (),
            software_version=row["software_version"],
            cluster_id=row["cluster_id"],
            nodes=row["nodes"] or (),
            cospace_ids=bridge_spaces.read_cospace_ids(self._connection, bridge_id),
            is_complete=row["is_prepared"],
        )

    def set_preparation(self, bridge_id: int, preparation: BridgePreparation) -> None:
        """Remember what was set up; from here on ``preparation`` gives the same."""
        values = {
            "call_profile_id": preparation.call_profile_id,
            "call_leg_profile_id": preparation.call_leg_profile_id,
            "ranges": preparation.ranges,
            "software_version": preparation.software_version,
            "cluster_id": preparation.cluster_id,
            "nodes": preparation.nodes,
            "is_prepared": preparation.is_complete,
        }
        self._connection.execute(update(bridge).where(bridge.c.id == bridge_id).values(values))
        bridge_spaces.set_cospace_ids(self._connection, bridge_id, preparation.cospace_ids)

    def profiles(self, bridge_id: int) -> BridgeProfiles:
        """The profiles that the bridge's spaces are given.

        Raises:
            LookupError: no bridge has this id.
        """
        return bridge_profiles.read_profiles(self._connection, bridge_id)

    def note_profile(self, bridge_id: int, name: str, profile_id: str) -> str:
        """Remember a profile that was made, unless somebody else was first; the id that counts."""
        return bridge_profiles.note_profile(self._connection, bridge_id, name, profile_id)

    def forget_profiles(self, bridge_id: int) -> None:
        """Forget all profiles that were made."""
        bridge_profiles.forget_profiles(self._connection, bridge_id)

    def numbers_in_use(self, bridge_id: int, now: datetime) -> frozenset[int]:
        """The numbers that need a space: those for bookings to come, others as long as they are booked."""
        return bridge_spaces.numbers_in_use(self._connection, bridge_id, now)

    def with_surplus(self, now: datetime) -> Sequence[Bridge]:
        """Enabled bridges with spaces that nobody needs any more."""
        return self._find(bridge.c.is_enabled, bridge_spaces.has_surplus(now))

    def memberships(self) -> Sequence[Membership]:
        """What each bridge knows of its cluster, in order of ids."""
        rows = self._connection.execute(select(bridge).order_by(bridge.c.id)).mappings()
        return [
            Membership(bridge=to_bridge(row), cluster_id=row["cluster_id"], nodes=row["nodes"] or ())
            for row in rows
        ]

    def set_membership(self, bridge_id: int, cluster_id: str, nodes: tuple[ClusterNode, ...]) -> None:
        """Remember what a bridge tells of its cluster."""
        values = {"cluster_id": cluster_id, "nodes": nodes}
        self._connection.execute(update(bridge).where(bridge.c.id == bridge_id).values(values))

    def lease_setup(self, bridge_id: int, owner: str, now: datetime, until: datetime) -> bool:
        """Let one process at a time set a bridge up; ``True`` also when it is ours already."""
        is_free = or_(bridge.c.lease_until.is_(None), bridge.c.lease_until <= now)
        change = (
            update(bridge)
            .where(bridge.c.id == bridge_id, or_(is_free, bridge.c.lease_owner == owner))
            .values(lease_owner=owner, lease_until=until)
        )
        return self._connection.execute(change).rowcount > 0

    def release_setup(self, bridge_id: int, owner: str) -> None:
        """Let others set it up."""
        change = update(bridge).where(bridge.c.id == bridge_id, bridge.c.lease_owner == owner)
        self._connection.execute(change.values(lease_owner=None, lease_until=None))

    def healths(self) -> Sequence[BridgeHealth]:
        """How each address of each bridge was found, in order of bridges, the main address first."""
        return read_healths(self._connection)

    def space(self, space_id: int) -> Space | None:
        """The space with this id."""
        row = self._connection.execute(_SPACE, {"its_id": space_id}).mappings().one_or_none()
        return None if row is None else to_space(row)

    def spaces(self, bridge_id: int) -> Sequence[Space]:
        """All spaces of a bridge, by number, retired ones too."""
        return bridge_spaces.read_spaces(self._connection, bridge_id)

    def numbered(self, numbers: Collection[int]) -> Sequence[Space]:
        """The spaces with these numbers on all bridges; without those that bookings to come cannot get."""
        return bridge_spaces.read_numbered(self._connection, numbers)

    def holders(self, bridge_id: int, period: Period) -> Mapping[int, Sequence[int]]:
        """The conferences that hold a space of the bridge at some time of the period, by the space's id."""
        return bridge_spaces.read_holders(self._connection, bridge_id, period)

    def holds(
        self, bridge_ids: Collection[int], now: datetime, *, until: datetime | None = None
    ) -> Mapping[int, Sequence[Hold]]:
        """Who holds a number of these bridges and is not over, by bridge, then start, then id."""
        return bridge_spaces.read_holds(self._connection, bridge_ids, now, until=until)

    def set_cospace_id(self, space_id: int, cospace_id: str) -> None:
        """Remember the bridge's own id of a space, whose number can be given from now on."""
        values = {"cospace_id": cospace_id, "state": SpaceState.READY}
        self._connection.execute(update(space).where(space.c.id == space_id).values(values))

    def set_space_state(self, space_id: int, state: SpaceState) -> None:
        """Remember whether the number of a space can be given; where it cannot, forget the bridge's id."""
        values: dict[str, Any] = {"state": state}
        if state is not SpaceState.READY:
            values["cospace_id"] = None
        self._connection.execute(update(space).where(space.c.id == space_id).values(values))

    def prepare_again(self, bridge_id: int) -> None:
        """Have a bridge set up by whoever sets bridges up: what was made there is gone."""
        self._connection.execute(update(bridge).where(bridge.c.id == bridge_id).values(is_prepared=False))

    def set_told(
        self, bridge_id: int, *, participants: int | None, is_balancing: bool, load: int | None = None
    ) -> None:
        """What the bridge tells of itself: its limits of participants and load, whether it balances calls."""
        told = {"told_participants": participants, "told_load": load, "is_balancing": is_balancing}
        self._connection.execute(update(bridge).where(bridge.c.id == bridge_id).values(told))

    def set_software_version(self, bridge_id: int, version: str) -> None:
        """The version that the bridge tells: from now on links fit it, also those of what is booked."""
        change = update(bridge).where(bridge.c.id == bridge_id).values(software_version=version)
        self._connection.execute(change)

    def lock_for_allocation(self, bridge_id: int) -> bool:
        """Let one unit of work at a time choose a space on this bridge, until it ends.

        Returns:
            Whether another one may have chosen since this one began; SQLite has one writer anyway.
        """
        if not is_postgresql(self._connection):
            return False
        key = {"kind": _ALLOCATION_LOCK, "bridge": bridge_id}
        self._connection.execute(text("SELECT pg_advisory_xact_lock(:kind, :bridge)"), key)
        return True

    def are_spaces_free(
        self, claims: Sequence[tuple[int, Period]], *, besides: Collection[int] = ()
    ) -> Sequence[bool]:
        """Whether nobody but ``besides`` holds a space in a period, for each pair, in one statement."""
        return are_free(self._connection, claims, besides=besides)

    def common_occupancy(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[BridgeOccupancy]:
        """Every bridge, with the lowest number that is free in all the periods, in one statement.

        ``conferences`` counts those that overlap any of the periods.
        """
        return read_common_occupancy(self._connection, periods, besides=besides)

    def occupancies(
        self, periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Sequence[Sequence[BridgeOccupancy]]:
        """``occupancy`` for each of the periods, in one statement."""
        return read_occupancies(self._connection, periods, besides=besides)

    def most_participants(
        self, bridge_ids: Collection[int], periods: Sequence[Period], *, besides: Collection[int] = ()
    ) -> Mapping[int, Sequence[int]]:
        """How many participants each bridge has at the busiest moment of each period, in one statement.

        Those of conferences that hold a space count, but for ``besides``.
        """
        return read_most_participants(self._connection, bridge_ids, periods, besides=besides)

    def _find(self, *conditions: ColumnElement[bool]) -> list[Bridge]:
        query = select(bridge).where(*conditions).order_by(bridge.c.id)
        return [to_bridge(row) for row in self._connection.execute(query).mappings()]

    def _row(self, bridge_id: int) -> RowMapping:
        row = self._connection.execute(_BY_ID, {"its_id": bridge_id}).mappings().one_or_none()
        if row is None:
            raise LookupError(f"there is no bridge {bridge_id}")
        return row

    def _main_login(self, login: BridgeCredentials) -> dict[str, Any]:
        return {
            "username": login.username,
            "sealed_password": self._secret_box.seal(login.password),
            "ca_pem": login.ca_pem,
            "fingerprint": login.fingerprint,
        }

    def _alternate_login(self, login: BridgeCredentials | None) -> dict[str, Any]:
        return {
            "alternate_username": login.username if login else "",
            "sealed_alternate_password": self._secret_box.seal(login.password) if login else "",
            "alternate_fingerprint": login.fingerprint if login else "",
        }

    def _what_is_taken(self, wanted: Bridge) -> str:
        is_other = or_(bridge.c.name == wanted.name, bridge.c.url == wanted.url)
        query = select(bridge.c.name).where(bridge.c.id != wanted.id, is_other)
        names = self._connection.execute(query).scalars().all()
        if wanted.name in names:
            return f"there is a bridge named {wanted.name} already"
        return f"there is a bridge with the URL {wanted.url} already" if names else ""


def _values(given: Bridge) -> dict[str, Any]:
    return {name: getattr(given, name) for name in BRIDGE_FIELDS if name != "id"}
