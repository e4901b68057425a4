"""Who owns a conference, and who may change it.

Source: TMSBA guide, Conference (OwnerId) and Booking Ownership.
"""

from dataclasses import replace
from datetime import datetime

from tmsba.booking.clients.auditing import note
from tmsba.booking.clients.client_accounts import add_under_free_name, is_user_name
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.request import OwnerReference
from tmsba.domain.errors import PermissionMissing, UserNotFound
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.people.users import Caller, Permission, User, split_account
from tmsba.ports.people import Directory, DirectoryPerson, Users
from tmsba.ports.work import Store, UnitOfWork


def looked_up(store: Store, directory: Directory | None, reference: OwnerReference) -> OwnerReference:
    """The same owner, with the names from the directory when the e-mail address or the name is no user's.

    To be called outside of any unit of work: a directory may take its time, and writers wait for each other.

    Raises:
        ServerBusy: the directory does not answer.

    Source: TMSBA guide, Conference (OwnerId).
    """
    person = _sought(store, directory, reference) if directory else None
    if person is None:
        return reference
    return replace(
        reference,
        user_name=f"{person.domain}\\{person.name}" if person.domain else person.name,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email if _goes_by_name(reference) else reference.email,
        is_in_directory=True,
    )


def _sought(store: Store, directory: Directory, reference: OwnerReference) -> DirectoryPerson | None:
    """Who the directory knows in place of a user that there is not."""
    if _goes_by_name(reference):
        domain, name = split_account(reference.user_name)
        with store.reading() as uow:
            is_known = uow.users.by_name(name) is not None
        return None if is_known else directory.by_name(domain, name)
    if reference.id or not reference.email:
        return None
    with store.reading() as uow:
        is_known = uow.users.by_email(reference.email) is not None
    return None if is_known else directory.by_email(reference.email)


def _goes_by_name(reference: OwnerReference) -> bool:
    """Whether the name alone tells who is meant."""
    is_address_void = reference.id == -1 or (not reference.id and not reference.email)
    return bool(reference.user_name) and is_address_void


def resolve_owner(uow: UnitOfWork, reference: OwnerReference, caller: Caller, now: datetime) -> User:
    """The user that a request names as owner; the caller when it names nobody.

    A valid id counts alone; -1 goes by the user name; no id goes by the e-mail address, then the user name.
    An unknown address becomes a user of the default groups, if the caller may book on behalf of others. An
    unknown name does not, as it may be mistyped, unless a directory knows it.

    Raises:
        UserNotFound: there is no such id or name, or the name or address cannot become a user.
        PermissionMissing: the caller may not book for others.
    """
    users = uow.users
    if reference.id is not None and reference.id > 0:
        return _by_id(users, reference.id)
    if reference.email and reference.id != -1:
        found = users.by_email(reference.email)
        if found or not reference.user_name:
            return found or _created(uow, reference, caller, now)
    if not reference.user_name:
        return caller.user
    return users.by_name(split_account(reference.user_name)[1]) or _created(uow, reference, caller, now)


def _by_id(users: Users, user_id: int) -> User:
    found = users.get(user_id)
    if found is None:
        raise UserNotFound(
            "There is no user with id {id}. Name an existing user as the owner, or leave the owner out to "
            "book for yourself.",
            id=user_id,
        )
    return found


def _created(uow: UnitOfWork, reference: OwnerReference, caller: Caller, now: datetime) -> User:
    """A new user who cannot log in, named as the request says, or after the e-mail address."""
    domain, name = split_account(reference.user_name or reference.email)
    user = User(
        id=0,
        name=name.strip(),
        domain=domain if reference.user_name else "",
        first_name=reference.first_name,
        last_name=reference.last_name,
        email=reference.email,
        time_zone=caller.user.time_zone,
    )
    check_may_own(caller, user)
    if _goes_by_name(reference) and not reference.is_in_directory:
        raise UserNotFound(
            "There is no user '{name}': check OwnerUserName, or leave OwnerId at 0 and give "
            "OwnerEmailAddress, which makes a new user.",
            name=reference.user_name,
        )
    if not is_user_name(user.name):
        raise UserNotFound(
            "'{name}' can become no user: give a user name of letters, digits, dots and dashes, or an e-mail "
            "address.",
            name=user.name,
        )
    added = add_under_free_name(uow, user)
    note(uow, caller, now, AuditAction.USER_ADDED, added.full_name, "named as the owner of a booking")
    return added


def check_may_own(caller: Caller, owner: User) -> None:
    """Whether the caller may book for this owner.

    Raises:
        PermissionMissing: only members of a group with "Book on behalf of" may book for others.
    """
    if owner.id != caller.user.id and not caller.may(Permission.BOOK_ON_BEHALF_OF):
        raise PermissionMissing(
            "{user} may not book on behalf of {owner}. Ask an administrator for the permission 'Book on "
            "behalf of', or book for yourself.",
            user=caller.user.full_name,
            owner=owner.full_name,
        )


def check_may_change(caller: Caller, conference: Conference) -> None:
    """Whether the caller may change, end or delete this conference.

    Raises:
        PermissionMissing: it belongs to somebody else, or the caller may not update conferences at all.
    """
    is_own = caller.user.id in (conference.owner_id, conference.created_by_id)
    if not caller.may(Permission.UPDATE) or not (is_own or caller.may(Permission.BOOK_ON_BEHALF_OF)):
        raise PermissionMissing(
            "{user} may not change conference {id}. Ask its owner, or an administrator for the permissions "
            "'Update' and 'Book on behalf of'.",
            user=caller.user.full_name,
            id=conference.id,
        )
