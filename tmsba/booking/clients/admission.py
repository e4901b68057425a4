"""Let a client in that calls a function which needs a licence.

The database alone knows who holds a licence, so all processes and hosts agree. A session that goes on costs
one statement that reads; only one that begins, or needs a licence it has not got, locks the option keys.

Source: TMSBA guide, API Licensing and ClientSession; ADR 9.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from tmsba.booking.clients.licences import Pool, close_ticket, open_ticket
from tmsba.booking.view.desk import settings_of
from tmsba.domain.errors import ClientSessionExpired, LicenceMissing
from tmsba.domain.licensing.option_keys import Licences
from tmsba.domain.licensing.sessions import (
    NOTED_EVERY,
    Client,
    ClientSession,
    new_session,
    new_session_id,
    session_id_of,
)
from tmsba.domain.people.users import Caller
from tmsba.ports.people import Standing
from tmsba.ports.repeating import write
from tmsba.ports.work import Clock, Store, UnitOfWork

_log = structlog.get_logger(__name__)


def admit(store: Store, clock: Clock, caller: Caller, client: Client) -> Licences:
    """Let a licensed call in; its session begins with its first use.

    Returns:
        The licences there are, for the systems that the call may book.

    Raises:
        ClientSessionBlank: the client must bring a session id.
        ClientSessionExpired: it must bring another one.
        LicenceMissing: there is no licence for the client; nothing is stored of its session then.
        UnknownError: the session id cannot be stored.
    """
    session_id = session_id_of(client, caller)
    now = clock()
    with store.reading() as uow:
        standing = uow.sessions.standing(session_id, now)
        session = _living(uow, client, standing, now)
    begins = session is None
    if session is None or _lacks_licence(session, standing):
        session = _begin(store, caller, session_id, now)
    elif now - session.last_used_at >= NOTED_EVERY:
        used = session.used(client, now)
        write(store, lambda uow: uow.sessions.touch(used))
    if client.knows_sessions and session.needs_renewal(now):
        client.on_renewal(session.successor_id)
    _log.debug(
        "client_session",
        session=session_id,
        active=standing.active + begins,
        takes_licence=standing.licences.are_of_clients,
        licences=standing.licences.for_clients,
    )
    return standing.licences


def _lacks_licence(session: ClientSession, standing: Standing) -> bool:
    return standing.licences.are_of_clients and session.licence is None


def _living(uow: UnitOfWork, client: Client, standing: Standing, now: datetime) -> ClientSession | None:
    """The session when it goes on; ``None`` when it is to begin.

    Raises:
        ClientSessionExpired: it is over, and not yet forgotten.
    """
    session = standing.session
    if session is None or not session.is_over(now):
        return session
    if not client.knows_sessions or now >= session.expires_at + _memory(uow):
        return None
    raise ClientSessionExpired(
        "The client session id is expired. Put the suggested id into ClientSession of the "
        "ExternalAPIVersionSoapHeader and repeat the call.",
        _next_id(uow, session, now),
    )


def _memory(uow: UnitOfWork) -> timedelta:
    """How long the id of a session that is over stays refused."""
    return timedelta(minutes=settings_of(uow).client_session_memory)


def _next_id(uow: UnitOfWork, session: ClientSession, now: datetime) -> str:
    """The id that replaces a session: the same for all who ask, unless that one is over as well."""
    seen = {session.id}
    while session.successor_id not in seen:
        successor = uow.sessions.get(session.successor_id)
        if successor is None or not successor.is_over(now):
            return session.successor_id
        seen.add(successor.id)
        session = successor
    return new_session_id()


# ------------------------------------------------------------------ the first use


def _begin(store: Store, caller: Caller, session_id: str, now: datetime) -> ClientSession:
    """Store a session, or give one that goes on the licence it needs."""
    try:
        return write(store, lambda uow: _begun(uow, caller, session_id, now))
    except LicenceMissing as error:
        _log.debug("licences_exceeded", session=session_id)
        refused = f"The client of {caller.user.full_name} at {caller.address} was refused."
        open_ticket(store, Pool.CLIENTS, f"{error.message} {refused}", now)
        raise


def _begun(uow: UnitOfWork, caller: Caller, session_id: str, now: datetime) -> ClientSession:
    uow.option_keys.locked()
    # Once more: what was seen without the lock may have changed.
    standing = uow.sessions.standing(session_id, now)
    if standing.licences.are_none:
        raise LicenceMissing(
            "There is no licence to book with. Ask an administrator to add an option key, such as by: tmsba "
            "licence add application-integration."
        )
    known = standing.session if standing.session and not standing.session.is_over(now) else None
    session = known or new_session(session_id, caller, now)
    if _lacks_licence(session, standing):
        session = replace(session, licence=_licence(uow, session, standing, now))
    uow.sessions.put(session)
    close_ticket(uow, Pool.CLIENTS, now)
    if known is None:
        uow.sessions.forget(now - _memory(uow))
    return session


def _licence(uow: UnitOfWork, session: ClientSession, standing: Standing, now: datetime) -> str:
    """The licence of the session that it replaces, else a free one.

    Raises:
        LicenceMissing: others hold all of them.
    """
    shared = uow.sessions.shared_licence(session, now)
    if shared is None and standing.taken >= standing.licences.for_clients:
        raise LicenceMissing(
            "Other clients hold all {licences} licences for clients. Ask an administrator to end a session "
            "that is not needed (tmsba sessions list, tmsba sessions end ID) or to add a key: tmsba licence "
            "add application-integration.",
            licences=standing.licences.for_clients,
        )
    return shared or new_session_id()
