"""What the log-in stores: NT hashes, failures, and the challenges that were answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import structlog
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    or_,
    select,
    tuple_,
    update,
)

from tmsba.ports.logins import Failures, Place
from tmsba.store.sql.secrets import SecretBox, SecretKeyMissing, SecretUnreadable
from tmsba.store.sql.statements import insert_if_new, insert_or_update
from tmsba.store.tables.tables import failed_login, used_challenge, user_account

log = structlog.get_logger(__name__)

_KEY = ["account", "address"]
#: So many rows are removed at once; the rest is left to the next time.
_BATCH = 10_000


class SqlCredentials:
    """Implements ``tmsba.ports.people.Credentials``; NT hashes are sealed at rest."""

    def __init__(self, connection: Connection, secret_box: SecretBox) -> None:
        self._connection = connection
        self._secret_box = secret_box

    def nt_hash(self, user_id: int, *, is_even: bool = False) -> str:
        """What NTLM is computed with; blank when the account has none, or none that can be read."""
        query = select(user_account.c.nt_hash).where(user_account.c.id == user_id)
        sealed = self._connection.execute(query).scalar_one_or_none()
        try:
            if is_even and not sealed:
                self._secret_box.unseal(_decoy(self._secret_box))
            return self._secret_box.unseal(sealed) if sealed else ""
        except (SecretKeyMissing, SecretUnreadable) as error:
            log.warning("nt_hash_unreadable", user_id=user_id, error=str(error))
            return ""

    def set_nt_hash(self, user_id: int, nt_hash: str) -> None:
        """Let an account log in with NTLM, or no longer when it is blank.

        Raises:
            LookupError: no user has this id.
        """
        sealed = self._secret_box.seal(nt_hash) if nt_hash else ""
        change = update(user_account).where(user_account.c.id == user_id).values(nt_hash=sealed)
        if not self._connection.execute(change).rowcount:
            raise LookupError(f"there is no user {user_id}")

    def has_ntlm(self) -> bool:
        """Whether any account logs in with NTLM."""
        query = select(user_account.c.id).where(user_account.c.nt_hash != "").limit(1)
        return self._connection.execute(query).first() is not None

    def improve(
        self, user_id: int, before: str, *, password_hash: str | None = None, nt_hash: str | None = None
    ) -> None:
        """Store other hashes of the same password, unless it was changed in the meantime."""
        values = {} if password_hash is None else {"password_hash": password_hash}
        if nt_hash is not None:
            values["nt_hash"] = self._secret_box.seal(nt_hash)
        is_same = and_(user_account.c.id == user_id, user_account.c.password_hash == before)
        self._connection.execute(update(user_account).where(is_same).values(values))


@lru_cache
def _decoy(secret_box: SecretBox) -> str:
    """A sealed text of nobody."""
    return secret_box.seal("0" * 32)


class SqlFailedLogins:
    """Implements ``tmsba.ports.logins.FailedLogins``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, places: Sequence[Place]) -> Mapping[Place, Failures]:
        """What there is at these places."""
        rows = self._connection.execute(_question(len(places)), _given(places))
        return {
            Place(row.account, row.address): Failures(row.forgotten_at, row.blocked_until) for row in rows
        }

    def lock(self, places: Sequence[Place], now: datetime) -> Mapping[Place, Failures]:
        """The same with a row for each of them, for this unit of work alone until it ends."""
        # In one order, so that two of us never wait for each other.
        for place in sorted(places):
            self._write(place, Failures(now, now), is_new=True)
        return self.find(places)

    def put(self, failures: Mapping[Place, Failures]) -> None:
        """Replace what is stored."""
        for place, standing in sorted(failures.items()):
            self._write(place, standing, is_new=False)

    def forget(self, places: Sequence[Place]) -> None:
        """Remove them."""
        self._connection.execute(delete(failed_login).where(_is_any(len(places))), _given(places))

    def forget_account(self, account: str) -> int:
        """Remove all places of an account; how many there were."""
        removal = delete(failed_login).where(failed_login.c.account == account)
        return self._connection.execute(removal).rowcount

    def clean(self, now: datetime, *, at_most: int) -> None:
        """Remove what is past, and the oldest of what is too much."""
        latest_first = select(failed_login.c.forgotten_at).order_by(failed_login.c.forgotten_at.desc())
        last_to_keep = latest_first.offset(at_most - 1).limit(1)
        kept_from = self._connection.execute(last_to_keep).scalar_one_or_none() or now
        _remove_until(self._connection, failed_login, failed_login.c.forgotten_at, max(now, kept_from))

    def _write(self, place: Place, standing: Failures, *, is_new: bool) -> None:
        values = {"forgotten_at": standing.forgotten_at, "blocked_until": standing.blocked_until}
        # A row that is there already is locked by an update that changes nothing.
        change = {name: failed_login.c[name] for name in values} if is_new else values
        row = place._asdict() | values
        insert_or_update(self._connection, failed_login, row, key=_KEY, update=change)


class SqlUsedChallenges:
    """Implements ``tmsba.ports.logins.UsedChallenges``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def use(self, challenge_id: str, expires_at: datetime) -> bool:
        """Write one down; ``False`` when it was there already."""
        row = {"id": challenge_id, "expires_at": expires_at}
        return insert_if_new(self._connection, used_challenge, row) is not None

    def clean(self, now: datetime) -> None:
        """Remove those that nobody accepts any more."""
        _remove_until(self._connection, used_challenge, used_challenge.c.expires_at, now)


@lru_cache
def _is_any(count: int) -> ColumnElement[bool]:
    """Whether a row is one of so many places, which ``_given`` gives; made once, because every call asks."""
    account, address = failed_login.c.account, failed_login.c.address
    return or_(
        *(
            and_(account == bindparam(f"account{number}"), address == bindparam(f"address{number}"))
            for number in range(count)
        )
    )


@lru_cache
def _question(count: int) -> Select[Any]:
    return select(failed_login).where(_is_any(count))


def _given(places: Sequence[Place]) -> dict[str, str]:
    return {
        f"{name}{number}": value
        for number, place in enumerate(places)
        for name, value in place._asdict().items()
    }


def _remove_until(connection: Connection, table: Table, moment: Column[datetime], until: datetime) -> None:
    """Remove rows of up to a moment, except those that another unit of work is at."""
    key = list(table.primary_key)
    past = select(*key).where(moment < until).limit(_BATCH).with_for_update(skip_locked=True).cte("past")
    connection.execute(delete(table).where(tuple_(*key).in_(select(past))))
