"""Client sessions: who must have one, and how long it lives.

Source: TMSBA guide, ClientSession and API Licensing; ADR 9.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tmsba.domain.errors import ClientSessionBlank, UnknownError
from tmsba.domain.people.users import Caller

#: The first API version whose header knows ClientSession; older clients are never asked for one.
FIRST_VERSION_WITH_SESSIONS = 13

#: How long a session id can be used without ado, from its first use on.
ACTIVE = timedelta(minutes=47)
#: How long it can be used after that, while answers hand out the id that replaces it.
GRACE = timedelta(minutes=17)
#: How often the last use of a session is written down.
NOTED_EVERY = timedelta(minutes=1)

_LONGEST_ID = 255


def _nobody(_session_id: str) -> None:
    """Takes a new session id for clients that cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the header of a call says about the client."""

    #: The API version the client announces, 0 when it says nothing.
    version: int = 0
    session_id: str = ""
    identifier: str = ""
    #: Follows the call through the logs and on to the bridge.
    request_id: str = ""
    #: Whether a mail is to confirm what the call does.
    is_confirmation_wanted: bool = False
    #: Whether that mail tells neither how to join nor who takes part.
    is_information_left_out: bool = False
    #: Is called with the session id that the answer is to hand out, when one is due.
    on_renewal: Callable[[str], None] = field(default=_nobody, compare=False, repr=False)

    @property
    def knows_sessions(self) -> bool:
        """Whether its API version has client sessions."""
        return self.version >= FIRST_VERSION_WITH_SESSIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSession:
    """A session id that was used at least once."""

    id: str
    #: Who used it first, and from where.
    user_id: int
    address: str
    first_used_at: datetime
    #: Noted once a minute.
    last_used_at: datetime
    #: From here on the id is refused, and its licence free.
    expires_at: datetime
    #: The id that replaces it. Kept from the start, so that every answer of every host hands out the same.
    successor_id: str
    #: Sessions of one client that replace each other have the same one; ``None`` for none.
    licence: str | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether the id is refused."""
        return now >= self.expires_at

    def needs_renewal(self, now: datetime) -> bool:
        """Whether answers hand out the id that replaces it."""
        return now >= self.first_used_at + ACTIVE and not self.is_over(now)

    def used(self, client: Client, now: datetime) -> "ClientSession":
        """The session after another use; one of an old client, which cannot renew it, lives on."""
        expires_at = self.expires_at if client.knows_sessions else now + ACTIVE + GRACE
        return replace(self, last_used_at=now, expires_at=expires_at)


def new_session_id() -> str:
    """A fresh id to suggest; it takes a licence only once it is used."""
    return str(uuid.uuid4())


def new_session(session_id: str, caller: Caller, now: datetime) -> ClientSession:
    """A session that is used for the first time, without a licence."""
    return ClientSession(
        id=session_id,
        user_id=caller.user.id,
        address=caller.address,
        first_used_at=now,
        last_used_at=now,
        expires_at=now + ACTIVE + GRACE,
        successor_id=new_session_id(),
    )


def session_id_of(client: Client, caller: Caller) -> str:
    """The session that a licensed call belongs to; clients too old to have one are told by user and address.

    Raises:
        ClientSessionBlank: the id is missing or blank; the error carries a fresh one.
        UnknownError: the id is too long to be stored.
    """
    if not client.knows_sessions:
        return f"user {caller.user.id} at {caller.address}"
    session_id = client.session_id.strip()
    if not session_id:
        raise ClientSessionBlank(
            "The client session id is blank. Put the suggested id into ClientSession of the "
            "ExternalAPIVersionSoapHeader and repeat the call.",
            new_session_id(),
        )
    if len(session_id) > _LONGEST_ID:
        raise UnknownError(
            "The client session id has {length} characters and may have {most}: use a GUID.",
            length=len(session_id),
            most=_LONGEST_ID,
        )
    return session_id
