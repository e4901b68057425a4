"""Client sessions: who must have one.

Source: TMSBA guide, ClientSession and API Licensing.
"""

import uuid
from dataclasses import dataclass

from tmsba.domain.errors import ClientSessionBlank

#: The first API version whose header knows ClientSession; older clients are never asked for one.
FIRST_VERSION_WITH_SESSIONS = 13


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


def new_session_id() -> str:
    """A fresh id to suggest; it takes a licence only once it is used."""
    return str(uuid.uuid4())


def check_session(client: Client) -> str | None:
    """The session id that a licensed call uses, or ``None`` for a client too old to have one.

    Raises:
        ClientSessionBlank: the id is missing or blank; the error carries a fresh one.
    """
    if client.version < FIRST_VERSION_WITH_SESSIONS:
        return None
    session_id = client.session_id.strip()
    if not session_id:
        raise ClientSessionBlank(
            "The client session id is blank. Put the suggested id into ClientSession of the "
            "ExternalAPIVersionSoapHeader and repeat the call.",
            new_session_id(),
        )
    return session_id
