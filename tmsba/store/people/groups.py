"""Groups of users and what they give."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select, update

from tmsba.domain.people.users import USERS, Group, Permission
from tmsba.store.sql.statements import insert_if_new, insert_rows
from tmsba.store.tables.tables import group_member, group_permission, user_group


class SqlGroups:
    """Implements ``tmsba.ports.people.Groups``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[Group]:
        """By name."""
        query = select(user_group.c.name, user_group.c.is_default, group_permission.c.permission).outerjoin(
            group_permission
        )
        permissions: dict[str, set[Permission]] = defaultdict(set)
        defaults: dict[str, bool] = {}
        for row in self._connection.execute(query):
            defaults[row.name] = row.is_default
            permissions[row.name].update({row.permission} - {None})
        return [
            Group(name=name, permissions=frozenset(permissions[name]), is_default=defaults[name])
            for name in sorted(defaults, key=str.casefold)
        ]

    def add(self, group: Group) -> None:
        """Store a new group.

        Raises:
            ValueError: the name is taken.
        """
        group_id = insert_if_new(
            self._connection, user_group, {"name": group.name, "is_default": group.is_default}
        )
        if group_id is None:
            raise ValueError(f"there is a group named {group.name} already")
        self._give(group_id, group.permissions)

    def update(self, group: Group) -> None:
        """Replace a stored group.

        Raises:
            LookupError: there is none of this name.
        """
        group_id = self._id(group.name)
        change = update(user_group).where(user_group.c.id == group_id)
        self._connection.execute(change.values(is_default=group.is_default))
        self._connection.execute(delete(group_permission).where(group_permission.c.group_id == group_id))
        self._give(group_id, group.permissions)

    def remove(self, name: str) -> int:
        """Remove a group; how many members it had.

        Raises:
            LookupError: there is none of this name.
        """
        group_id = self._id(name)
        count = select(func.count()).select_from(group_member).where(group_member.c.group_id == group_id)
        members: int = self._connection.execute(count).scalar_one()
        self._connection.execute(delete(user_group).where(user_group.c.id == group_id))
        return members

    def defaults(self) -> frozenset[str]:
        """The groups that new users become members of."""
        query = select(user_group.c.name).where(user_group.c.is_default)
        return frozenset({USERS, *self._connection.execute(query).scalars()})

    def _id(self, name: str) -> int:
        query = select(user_group.c.id).where(user_group.c.name == name)
        group_id: int | None = self._connection.execute(query).scalar_one_or_none()
        if group_id is None:
            raise LookupError(f"there is no group named {name}")
        return group_id

    def _give(self, group_id: int, permissions: frozenset[Permission]) -> None:
        ordered = sorted(permissions, key=lambda one: one.value)
        rows = [{"group_id": group_id, "permission": permission} for permission in ordered]
        insert_rows(self._connection, group_permission, rows)
