"""Users and their groups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, select, update

from tmsba.domain.people.users import User
from tmsba.ports.people import Account
from tmsba.store.sql.rows import possible_ids
from tmsba.store.sql.statements import draw_ids, insert_if_new, insert_rows, update_rows
from tmsba.store.tables.tables import group_member, group_permission, user_account, user_group

_FIELDS = tuple(field.name for field in fields(User))
_OF_ACCOUNT = ("password_hash", "is_enabled")


class SqlUsers:
    """Implements ``tmsba.ports.people.Users``."""

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
        return next(iter(self.accounts([name])), None)

    def accounts(self, names: Iterable[str] | None = None) -> Sequence[Account]:
        """Those with these log-in names, or all, in order of ids; in a fixed number of statements."""
        query = (
            select(user_account, user_group.c.name.label("group_name"), group_permission.c.permission)
            .outerjoin(group_member, group_member.c.user_id == user_account.c.id)
            .outerjoin(user_group, user_group.c.id == group_member.c.group_id)
            .outerjoin(group_permission, group_permission.c.group_id == user_group.c.id)
            .order_by(user_account.c.id)
        )
        if names is not None:
            # Log-in names come as they were sent, and PostgreSQL knows no text with a zero byte.
            keys = {name.casefold() for name in names if "\0" not in name}
            query = query.where(user_account.c.name_key.in_(keys))
        found: dict[int, Account] = {}
        for row in self._connection.execute(query).mappings():
            account = found.get(row["id"]) or _to_account(row)
            found[account.user.id] = replace(
                account,
                groups=account.groups | ({row["group_name"]} - {None}),
                permissions=account.permissions | ({row["permission"]} - {None}),
            )
        return list(found.values())

    def all(self, *, after: int = 0, limit: int | None = None) -> Sequence[User]:
        """In order of ids, hidden ones too: those with larger ids than ``after``, up to a number."""
        query = select(user_account).where(user_account.c.id > after).order_by(user_account.c.id).limit(limit)
        return [_to_user(row) for row in self._connection.execute(query).mappings()]

    def add(self, user: User, password_hash: str, groups: Iterable[str]) -> User:
        """Store a new user (its id is ignored) and return it with its id.

        Raises:
            ValueError: the name is taken, or a group does not exist.
        """
        group_ids = self._group_ids(set(groups)).values()
        account = Account(user=user, password_hash=password_hash, groups=frozenset(groups))
        row = _to_row(account)
        del row["id"]
        user_id = insert_if_new(self._connection, user_account, row)
        if user_id is None:
            raise ValueError(f"there is a user named {user.name} already")
        memberships = [{"user_id": user_id, "group_id": group_id} for group_id in sorted(group_ids)]
        insert_rows(self._connection, group_member, memberships)
        return replace(user, id=user_id)

    def put_all(self, accounts: Sequence[Account]) -> Sequence[User]:
        """Store new users (id 0) and replace stored ones, in a fixed number of statements; with their ids.

        Raises:
            ValueError: a group does not exist.
            StoreConflict: somebody else took a name.
        """
        group_ids = self._group_ids({group for account in accounts for group in account.groups})
        ids = iter(draw_ids(self._connection, user_account, sum(not one.user.id for one in accounts)))
        new: list[Account] = []
        old: list[Account] = []
        for account in accounts:
            is_new = not account.user.id
            user = replace(account.user, id=next(ids)) if is_new else account.user
            (new if is_new else old).append(replace(account, user=user))
        insert_rows(self._connection, user_account, list(map(_to_row, new)))
        update_rows(self._connection, user_account, list(map(_to_row, old)))
        if old:
            members = group_member.c.user_id.in_([account.user.id for account in old])
            self._connection.execute(delete(group_member).where(members))
        stored = sorted([*new, *old], key=lambda account: account.user.id)
        memberships = [
            {"user_id": account.user.id, "group_id": group_ids[group]}
            for account in stored
            for group in sorted(account.groups)
        ]
        insert_rows(self._connection, group_member, memberships)
        return [account.user for account in stored]

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

    def _group_ids(self, names: set[str]) -> dict[str, int]:
        query = select(user_group.c.name, user_group.c.id).where(user_group.c.name.in_(names))
        ids: dict[str, int] = {row.name: row.id for row in self._connection.execute(query)}
        if missing := names - ids.keys():
            raise ValueError(f"there is no group named {', '.join(sorted(missing))}")
        return ids


def _to_user(row: RowMapping) -> User:
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return User(**values)


def _to_account(row: RowMapping) -> Account:
    """A row of ``user_account``, without groups."""
    values: dict[str, Any] = {name: row[name] for name in _OF_ACCOUNT}
    return Account(user=_to_user(row), groups=frozenset(), **values)


def _to_row(account: Account) -> dict[str, Any]:
    user = account.user
    row = {name: getattr(user, name) for name in _FIELDS}
    row |= {name: getattr(account, name) for name in _OF_ACCOUNT}
    return row | {"name_key": user.name.casefold(), "email_key": user.email.casefold()}
