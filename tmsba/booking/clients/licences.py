"""Licences that systems take, and the tickets that tell when there are none left.

Source: TMSBA guide, Per System Licensing; ADR 9.
"""

from collections.abc import Collection
from datetime import datetime
from enum import Enum

from tmsba.booking.view.desk import no_system
from tmsba.domain.errors import LicenceMissing
from tmsba.domain.licensing.option_keys import KeyKind, Licences
from tmsba.domain.people.systems import System
from tmsba.ports.repeating import write
from tmsba.ports.work import Store, UnitOfWork

_SUBJECT = "licences"


class Pool(Enum):
    """Who takes licences; the kind of the ticket when there are none left."""

    CLIENTS = "clients"
    SYSTEMS = "systems"


def license_systems(uow: UnitOfWork, system_ids: Collection[int], now: datetime) -> None:
    """Let systems take licences ("Allow Remote Bookings"), where licences are for systems.

    The number of statements does not grow with the systems.

    Raises:
        LicenceMissing: there are not enough; nothing may be committed then.
    """
    licences = Licences.of(uow.option_keys.locked())
    if licences.are_of_clients:
        return
    # Once more: what was seen without the lock may have changed.
    found = uow.systems.many(system_ids).values()
    lacking = sorted((one for one in found if not one.is_remote_booking_allowed), key=lambda one: one.id)
    taken = uow.systems.with_licences()
    if lacking and taken + len(lacking) > licences.for_systems:
        raise LicenceMissing(
            "There is no licence left for {systems}: {taken} of {licences} licences for systems are taken. "
            "Choose systems that have one, or ask an administrator to take one from a system that needs none "
            "any more (tmsba system set ID --allow-remote-bookings No) or to add a key: tmsba licence add "
            "booking-api.",
            systems=", ".join(f"{one.name} (id {one.id})" for one in lacking),
            taken=taken,
            licences=licences.for_systems,
        )
    uow.systems.allow_remote_bookings([one.id for one in lacking], is_allowed=True)
    close_ticket(uow, Pool.SYSTEMS, now)


def change_licence(uow: UnitOfWork, system_id: int, *, is_allowed: bool, now: datetime) -> System:
    """Let a system take a licence or give it back ("Allow Remote Bookings"), as an administrator wants it.

    Returns:
        The system as it was.

    Raises:
        SystemNotFound: there is none with this id.
        LicenceMissing: there is no licence left.
        ValueError: clients take the licences, and not systems.
    """
    if Licences.of(uow.option_keys.locked()).are_of_clients:
        raise ValueError(
            "Allow Remote Bookings is void while there are application-integration keys: clients take the "
            "licences, not systems"
        )
    system = uow.systems.get(system_id)
    if system is None:
        raise no_system(system_id)
    if is_allowed:
        license_systems(uow, [system_id], now)
    else:
        uow.systems.allow_remote_bookings([system_id], is_allowed=False)
        close_ticket(uow, Pool.SYSTEMS, now)
    return system


def add_keys(uow: UnitOfWork, kind: KeyKind, count: int, now: datetime) -> int:
    """Add option keys, as an administrator wants it; how many there are then."""
    uow.option_keys.add(kind, count)
    for pool in Pool:
        close_ticket(uow, pool, now)
    return uow.option_keys.all()[kind]


def open_ticket(store: Store, pool: Pool, text: str, now: datetime) -> None:
    """Tell administrators that somebody was refused; a unit of work of its own, for the booking's is lost."""
    with store.reading() as uow:
        known = [one.text for one in uow.tickets.all() if (one.subject, one.kind) == (_SUBJECT, pool.value)]
    if known != [text]:
        write(store, lambda uow: uow.tickets.open(_SUBJECT, pool.value, text, now))


def close_ticket(uow: UnitOfWork, pool: Pool, now: datetime) -> None:
    """There are licences again."""
    uow.tickets.close(_SUBJECT, pool.value, now)
