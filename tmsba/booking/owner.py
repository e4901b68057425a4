"""Who owns a conference, and who may change it.

Source: TMSBA guide, Conference (OwnerId) and Booking Ownership.
"""

from tmsba.booking.ports import Users
from tmsba.domain.conference import Conference, OwnerReference
from tmsba.domain.errors import PermissionMissing, UserNotFound
from tmsba.domain.people import Caller, Permission, User, split_account


def resolve_owner(users: Users, reference: OwnerReference, caller: Caller) -> User:
    """The user that a request names as owner; the caller when it names nobody.

    A valid id counts alone; -1 goes by the user name; no id goes by the e-mail address, then the user name.

    Raises:
        UserNotFound: nobody fits.
    """
    if reference.id is not None and reference.id > 0:
        return _by_id(users, reference.id)
    if reference.email and reference.id != -1:
        found = users.by_email(reference.email)
        if found:
            return found
        if not reference.user_name:
            raise UserNotFound(
                "There is no user with e-mail address {email}. Name an existing user as the owner, or leave "
                "the owner out to book for yourself.",
                email=reference.email,
            )
    return _by_name(users, reference.user_name) if reference.user_name else caller.user


def _by_id(users: Users, user_id: int) -> User:
    found = users.get(user_id)
    if found is None:
        raise UserNotFound(
            "There is no user with id {id}. Name an existing user as the owner, or leave the owner out to "
            "book for yourself.",
            id=user_id,
        )
    return found


def _by_name(users: Users, name: str) -> User:
    found = users.by_name(split_account(name)[1])
    if found is None:
        raise UserNotFound(
            "There is no user with user name {name}. Name an existing user as the owner, or leave the owner "
            "out to book for yourself.",
            name=name,
        )
    return found


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
