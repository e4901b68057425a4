"""Users and their groups."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select, update

from tmsba.booking.ports import Account
from tmsba.domain.people import User
from tmsba.store.rows import possible_ids
from tmsba.store.statements import insert_if_new, insert_rows
from tmsba.store.tables import group_member, user_account, user_group

_FIELDS = ("id", "name", "domain", "first_name", "last_name", "email", "time_zone", "is_hidden")


class SqlUsers:
    """Implements ``tmsba.booking.ports.Users``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, user_id: int) -> User | None:
        """The user with this id."""
        return self.many([user_id]).get(user_id)

    def many(self, user_ids: Iterable[int]) -> Mapping[int, User]:
        """The users with these ids, by id."""
        query = select(user_account).where(user_account.c.id.in_(possible_ids(user_ids)))
        return {row["id"]: _to_user(row) for row in self._connection.execute(query).mappings()}

    def by_name(self, name: str) -> User | None:
        """By log-in name without domain, in any letter case."""
        return self._first(user_account.c.name_key == name.casefold())

    def by_email(self, email: str) -> User | None:
        """By e-mail address, in any letter case; the lowest id when several have it."""
        return self._first(user_account.c.email_key == email.casefold()) if email else None

    def account(self, name: str) -> Account | None:
        """By log-in name without domain, in any letter case."""
        query = select(user_account).where(user_account.c.name_key == name.casefold())
        row = self._connection.execute(query).mappings().one_or_none()
        # Asked for unknown names too, which must not be told by the time they take.
        groups = self._groups(row["id"] if row else 0)
        if row is None:
            return None
        return Account(
            user=_to_user(row),
            password_hash=row["password_hash"],
            groups=groups,
            is_enabled=row["is_enabled"],
        )

    def all(self) -> Sequence[User]:
        """In order of ids, hidden ones too."""
        query = select(user_account).order_by(user_account.c.id)
        return [_to_user(row) for row in self._connection.execute(query).mappings()]

    def add(self, user: User, password_hash: str, groups: Iterable[str]) -> User:
        """Store a new user (its id is ignored) and return it with its id.

        Raises:
            ValueError: the name is taken, or a group does not exist.
        """
        group_ids = self._group_ids(set(groups))
        fields = {name: getattr(user, name) for name in _FIELDS if name != "id"}
        row = fields | {
            "name_key": user.name.casefold(),
            "email_key": user.email.casefold(),
            "is_enabled": True,
            "password_hash": password_hash,
        }
        user_id = insert_if_new(self._connection, user_account, row)
        if user_id is None:
            raise ValueError(f"there is a user named {user.name} already")
        memberships = [{"user_id": user_id, "group_id": group_id} for group_id in group_ids]
        insert_rows(self._connection, group_member, memberships)
        return User(id=user_id, **fields)

    def set_password_hash(self, user_id: int, password_hash: str) -> None:
        """Replace the password; what NTLM is computed with goes with the old one.

        Raises:
            LookupError: no user has this id.
        """
        values = {"password_hash": password_hash, "nt_hash": ""}
        change = update(user_account).where(user_account.c.id == user_id).values(values)
        if not self._connection.execute(change).rowcount:
            raise LookupError(f"there is no user {user_id}")

    def _first(self, condition: ColumnElement[bool]) -> User | None:
        query = select(user_account).where(condition).order_by(user_account.c.id).limit(1)
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else _to_user(row)

    def _groups(self, user_id: int) -> frozenset[str]:
        query = select(user_group.c.name).join(group_member).where(group_member.c.user_id == user_id)
        return frozenset(self._connection.execute(query).scalars())

    def _group_ids(self, names: set[str]) -> list[int]:
        query = select(user_group.c.name, user_group.c.id).where(user_group.c.name.in_(names))
        ids: dict[str, int] = {row.name: row.id for row in self._connection.execute(query)}
        if missing := names - ids.keys():
            raise ValueError(f"there is no group named {', '.join(sorted(missing))}")
        return sorted(ids.values())


def _to_user(row: RowMapping) -> User:
    fields: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return User(**fields)
