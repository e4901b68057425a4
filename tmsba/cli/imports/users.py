"""What the lines of a file say about users."""

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from tmsba.accounts.passwords import hash_password
from tmsba.booking.clients.client_accounts import is_user_name
from tmsba.cli.imports.csv_files import BadLine, Line
from tmsba.cli.imports.importing import Outcome, compared
from tmsba.cli.imports.systems import time_zone, yes_or_no
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.users import USERS, User, split_account
from tmsba.ports.people import Account
from tmsba.ports.work import UnitOfWork

_TEXTS = ("first_name", "last_name", "email", "ip_zone")
_FLAGS = {"hidden": "is_hidden", "mails": "gets_mails"}
_BLANK = User(id=0, name="")


@dataclass(slots=True)
class UserImporter:
    r"""Adds and changes users by their names, with a domain or without one.

    Somebody without a password cannot log in, but can own conferences. A password counts for a new user
    only, so that an import never takes away what somebody has set.
    """

    columns: Sequence[str] = ("name", *_TEXTS, "time_zone", "groups", "password", *_FLAGS)
    required: Sequence[str] = ("name",)
    action: AuditAction = AuditAction.USERS_IMPORTED
    _hashes: dict[str, str] = field(default_factory=dict, repr=False)

    def key(self, line: Line) -> str:
        """The name without its domain, in small letters.

        Raises:
            BadLine: it is missing or impossible.
        """
        name = split_account(line.cells["name"])[1].strip()
        if not is_user_name(name):
            raise BadLine(
                f"name {line.cells['name']!r} can be no user's: use letters, digits, dots, dashes and blanks"
            )
        return name.casefold()

    def prepare(self, uow: UnitOfWork, lines: Sequence[Line]) -> None:
        """Hash the passwords of new users, on all processors: it is made to take long."""
        self._hashes.clear()
        passwords = {self.key(line): line.cells.get("password", "") for line in lines}
        known = {account.user.name.casefold() for account in uow.users.accounts(passwords)}
        wanted = {key: password for key, password in passwords.items() if password and key not in known}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self._hashes.update(zip(wanted, pool.map(hash_password, wanted.values()), strict=True))

    def store(self, uow: UnitOfWork, lines: Sequence[Line]) -> Outcome:
        """Store the lines of a chunk, in a fixed number of statements."""
        groups = {group.name.casefold(): group.name for group in uow.groups.all()}
        defaults = uow.groups.defaults()
        accounts = uow.users.accounts(self.key(line) for line in lines)
        known = {account.user.name.casefold(): account for account in accounts}

        def new_of(line: Line, old: Account | None) -> Account:
            password_hash = self._hashes.get(self.key(line), "")
            return _wanted(
                line, old or Account(user=_BLANK, password_hash=password_hash, groups=defaults), groups
            )

        outcome, wanted = compared(lines, lambda line: known.get(self.key(line)), new_of)
        uow.users.put_all(wanted)
        return outcome


def _wanted(line: Line, basis: Account, groups: dict[str, str]) -> Account:
    """What a line says over what is stored; a blank cell means what a new user has."""
    domain, name = split_account(line.cells["name"])
    said: dict[str, Any] = {column: line.cells[column] for column in _TEXTS if column in line.cells}
    said["name"] = basis.user.name or name.strip()
    said["domain"] = domain.strip() or basis.user.domain
    for column, name in _FLAGS.items():
        if column in line.cells:
            cell = line.cells[column]
            said[name] = yes_or_no(column, cell) if cell else getattr(_BLANK, name)
    if "time_zone" in line.cells:
        cell = line.cells["time_zone"]
        said["time_zone"] = time_zone(cell) if cell else _BLANK.time_zone
    account = replace(basis, user=replace(basis.user, **said))
    return replace(account, groups=_groups(line, groups)) if "groups" in line.cells else account


def _groups(line: Line, known: dict[str, str]) -> frozenset[str]:
    names = [name.strip() for name in re.split(r"[;|]", line.cells["groups"]) if name.strip()]
    if unknown := [name for name in names if name.casefold() not in known]:
        raise BadLine(f"there is no group {unknown[0]!r}")
    return frozenset({USERS, *(known[name.casefold()] for name in names)})
