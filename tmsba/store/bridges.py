"""Bridges, their spaces and their credentials."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, or_, select, text, update

from tmsba.domain.bridge import Bridge, BridgeCredentials, BridgeOccupancy, BridgePreparation, Space
from tmsba.domain.times import Period
from tmsba.store.engine import is_postgresql
from tmsba.store.load import read_most_participants
from tmsba.store.occupancy import are_free, read_common_occupancy, read_occupancies
from tmsba.store.rows import BRIDGE_FIELDS, to_bridge, to_space
from tmsba.store.secrets import SecretBox
from tmsba.store.statements import insert_if_new, insert_rows
from tmsba.store.tables import bridge, space

#: The first half of the advisory locks' keys; the second is the bridge's id.
_ALLOCATION_LOCK = 0x746D7363


class SqlBridges:
    """Implements ``tmsba.booking.ports.Bridges``."""

    def __init__(self, connection: Connection, secret_box: SecretBox) -> None:
        self._connection = connection
        self._secret_box = secret_box

    def get(self, bridge_id: int) -> Bridge | None:
        """The bridge with this id."""
        found = self._find(bridge.c.id == bridge_id)
        return found[0] if found else None

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
        fields = {name: getattr(new, name) for name in BRIDGE_FIELDS if name != "id"}
        row = fields | {
            "username": credentials.username,
            "sealed_password": self._secret_box.seal(credentials.password),
            "software_version": "",
            "is_prepared": False,
        }
        bridge_id = insert_if_new(self._connection, bridge, row)
        if bridge_id is None:
            raise ValueError(self._what_is_taken(new))
        numbers = range(new.numeric_id_base, new.numeric_id_base + new.numeric_id_quantity)
        spaces = [{"bridge_id": bridge_id, "number": number} for number in numbers]
        insert_rows(self._connection, space, spaces)
        return replace(new, id=bridge_id)

    def credentials(self, bridge_id: int) -> BridgeCredentials:
        """How to log in.

        Raises:
            LookupError: no bridge has this id.
            SecretKeyMissing: the deployment has no key for secrets.
            SecretUnreadable: the key is not the one the password was stored with.
        """
        row = self._row(bridge_id)
        return BridgeCredentials(
            username=row["username"], password=self._secret_box.unseal(row["sealed_password"])
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
            parameter_set_id=row["parameter_set_id"],
            software_version=row["software_version"],
            cospace_ids=self._cospace_ids(bridge_id),
            is_complete=row["is_prepared"],
        )

    def set_preparation(self, bridge_id: int, preparation: BridgePreparation) -> None:
        """Remember what was set up; from here on ``preparation`` gives the same."""
        values = {
            "call_profile_id": preparation.call_profile_id,
            "call_leg_profile_id": preparation.call_leg_profile_id,
            "parameter_set_id": preparation.parameter_set_id,
            "software_version": preparation.software_version,
            "is_prepared": preparation.is_complete,
        }
        self._connection.execute(update(bridge).where(bridge.c.id == bridge_id).values(values))
        self._set_cospace_ids(bridge_id, preparation.cospace_ids)

    def space(self, space_id: int) -> Space | None:
        """The space with this id."""
        query = select(space).where(space.c.id == space_id)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else to_space(row)

    def set_cospace_id(self, space_id: int, cospace_id: str) -> None:
        """Remember the bridge's own id of a space."""
        change = update(space).where(space.c.id == space_id).values(cospace_id=cospace_id)
        self._connection.execute(change)

    def set_max_participants(self, bridge_id: int, limit: int | None) -> None:
        """How many participants the bridge can have at the same time; ``None`` for any number."""
        change = update(bridge).where(bridge.c.id == bridge_id).values(max_participants=limit)
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
        """Every enabled bridge, with the lowest number that is free in all the periods, in one statement.

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
        query = select(bridge).where(bridge.c.id == bridge_id)
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise LookupError(f"there is no bridge {bridge_id}")
        return row

    def _what_is_taken(self, new: Bridge) -> str:
        query = select(bridge.c.name).where(or_(bridge.c.name == new.name, bridge.c.url == new.url))
        if new.name in self._connection.execute(query).scalars().all():
            return f"there is a bridge named {new.name} already"
        return f"there is a bridge with the URL {new.url} already"

    def _cospace_ids(self, bridge_id: int) -> dict[int, str]:
        query = select(space.c.number, space.c.cospace_id).where(
            space.c.bridge_id == bridge_id, space.c.cospace_id.is_not(None)
        )
        return {
            row.number: row.cospace_id for row in self._connection.execute(query.order_by(space.c.number))
        }

    def _set_cospace_ids(self, bridge_id: int, wanted: Mapping[int, str]) -> None:
        stored = self._cospace_ids(bridge_id)
        changes: list[dict[str, Any]] = [
            {"its_number": number, "its_cospace": wanted.get(number)}
            for number in sorted(stored.keys() | wanted.keys())
            if stored.get(number) != wanted.get(number)
        ]
        if changes:
            is_it = (space.c.bridge_id == bridge_id, space.c.number == bindparam("its_number"))
            self._connection.execute(
                update(space).where(*is_it).values(cospace_id=bindparam("its_cospace")), changes
            )
