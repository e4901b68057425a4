"""Accounts that are made and switched off by calls, without an administrator at the command line.

Source: TMSBA guide, Booking Ownership and Remote Setup API Functions.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count

from tmsba.booking.clients.auditing import note
from tmsba.domain.errors import PermissionMissing, UnknownError, UserNotFound
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS, Caller, Permission, User, split_account
from tmsba.ports.work import StoreConflict, UnitOfWork

_NAME = re.compile(r"[\w][\w.+ -]{0,103}")


def is_user_name(name: str) -> bool:
    """Whether a user can be called this, without a domain."""
    return _NAME.fullmatch(name) is not None


def add_under_free_name(
    uow: UnitOfWork, user: User, password_hash: str = "", groups: Iterable[str] = ()
) -> User:
    """Store a new user in the default groups and these; a name that is taken gets a number behind it.

    Args:
        uow: the unit of work.
        user: its id is ignored.
        password_hash: blank for somebody who cannot log in.
        groups: those besides the default ones.

    Raises:
        StoreConflict: somebody else took the name at the same moment.
    """
    free = next(one for one in _spellings(user.name) if uow.users.by_name(one) is None)
    try:
        return uow.users.add(replace(user, name=free), password_hash, {*uow.groups.defaults(), *groups})
    except ValueError as error:
        raise StoreConflict(str(error)) from error


def _spellings(name: str) -> Iterator[str]:
    """The name, then the name with a number behind it."""
    yield name
    yield from (f"{name}{number}" for number in count(1))


def generate(
    uow: UnitOfWork,
    caller: Caller,
    now: datetime,
    *,
    name_base: str,
    password_hash: str,
    email: str,
    gets_mails: bool,
) -> User:
    """Make a service account: hidden, and in the group of site administrators.

    Args:
        uow: the unit of work.
        caller: a site administrator.
        now: the present, aware.
        name_base: its name, with a domain or without one; then it gets the caller's.
        password_hash: worked out before the unit of work, for that takes a while.
        email: its address; may be blank.
        gets_mails: whether mails about conferences are for it.

    Raises:
        PermissionMissing: the caller is no site administrator.
        UnknownError: the name cannot be used.

    Source: TMSBA guide, GenerateConferenceAPIUser.
    """
    check_site_administrator(caller)
    domain, name = split_account(name_base.strip())
    if not is_user_name(name.strip()):
        raise UnknownError(
            "'{name}' cannot be the name of a user: give a userNameBase of letters, digits, dots and dashes.",
            name=name_base,
        )
    user = User(
        id=0,
        name=name.strip(),
        domain=domain.strip() or caller.user.domain,
        email=email.strip(),
        time_zone=caller.user.time_zone,
        is_hidden=True,
        gets_mails=gets_mails,
    )
    added = add_under_free_name(uow, user, password_hash, [SITE_ADMINISTRATOR])
    note(
        uow, caller, now, AuditAction.USER_ADDED, added.full_name, f"service account in {SITE_ADMINISTRATOR}"
    )
    return added


def disable(uow: UnitOfWork, caller: Caller, now: datetime, account_name: str) -> None:
    """Switch an account off: it stays, for what refers to it, but is in no group but Users and gets no mails.

    Raises:
        PermissionMissing: the caller is no site administrator.
        UserNotFound: there is no such account.

    Source: TMSBA guide, DisableConferenceAPIUser.
    """
    check_site_administrator(caller)
    account = uow.users.account(split_account(account_name.strip())[1])
    if account is None:
        raise UserNotFound("There is no user '{name}': GetUsers lists the names.", name=account_name)
    user = replace(account.user, gets_mails=False)
    off = replace(account, user=user, groups=frozenset({USERS}), is_enabled=False)
    if off == account:
        return
    uow.users.put_all([off])
    note(uow, caller, now, AuditAction.USER_CHANGED, account.user.full_name, "disabled, no groups but Users")


def may_book_for_others(uow: UnitOfWork, user_name: str, email: str) -> bool:
    """Whether a user may book on behalf of others; somebody unknown may not.

    Args:
        uow: the unit of work.
        user_name: the log-in name, with or without a domain.
        email: looked up when there is no name.

    Raises:
        UserNotFound: both are blank.

    Source: TMSBA guide, IsBookOnBehalfOfUser.
    """
    name = split_account(user_name.strip())[1]
    if not name and email.strip():
        found = uow.users.by_email(email.strip())
        name = found.name if found else name
    elif not name:
        raise UserNotFound("The user is blank: give a UserName or an EmailAddress.")
    account = uow.users.account(name)
    return bool(account and account.is_enabled and Permission.BOOK_ON_BEHALF_OF in account.permissions)


def set_primary_system(uow: UnitOfWork, caller: Caller, system_text: str) -> bool:
    """Make a system the caller's own; whether that was possible: it must exist and be open to the caller.

    A matter of taste, so it is not in the audit log.

    Source: TMSBA guide, SetPrimarySystem.
    """
    text = system_text.strip()
    system = uow.systems.get(int(text)) if text.isascii() and text.isdigit() and len(text) < 20 else None
    account = uow.users.account(caller.user.name)
    if system is None or account is None or not (system.is_booking_allowed and system.is_open_to(caller)):
        return False
    uow.users.put_all([replace(account, user=replace(account.user, primary_system_id=system.id))])
    return True


def check_site_administrator(caller: Caller) -> None:
    """Whether the caller may make and disable accounts.

    Raises:
        PermissionMissing: only site administrators may.
    """
    if not caller.is_site_administrator:
        raise PermissionMissing(
            "{user} is no site administrator, and only they make or disable accounts: log in as one.",
            user=caller.user.full_name,
        )


def password_in(encoded_password: str) -> str:
    """A password out of base64: UTF-8, or UTF-16 as .NET's "Unicode" encodes it.

    Raises:
        UnknownError: it is blank, or no base64.

    Source: TMSBA guide, GenerateConferenceAPIUser, encPassword.
    """
    try:
        raw = base64.b64decode("".join(encoded_password.split()), validate=True)
        # Text in UTF-8 never holds a zero byte that somebody could type, text in UTF-16 mostly does.
        password = raw.decode("utf-16-le" if b"\0" in raw else "utf-8").lstrip("\ufeff")
    except (binascii.Error, ValueError):
        raise UnknownError("The password cannot be read: give encPassword as UTF-8 text in base64.") from None
    if not password or "\0" in password:
        raise UnknownError("The password is blank: give encPassword as UTF-8 text in base64.")
    return password
