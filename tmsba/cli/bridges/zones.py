"""``tmsba zone``."""

from collections import Counter

import click

from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session, show_table, warn
from tmsba.domain.people.audit import AuditAction
from tmsba.domain.routing.ip_zones import ZoneOrders
from tmsba.domain.settings import ConferenceSettings, check, key_of
from tmsba.ports.work import UnitOfWork

_SETTING = "zone_order"


@click.group()
def zone() -> None:
    """IP zones: parts of the network that bridges, systems and users are in."""


@zone.command("order")
@click.argument("name")
@click.argument("others", metavar="OTHER...", nargs=-1)
@click.pass_obj
def order_zones(session: Session, name: str, others: tuple[str, ...]) -> None:
    """Say which OTHER zones are nearest to the zone NAME, nearest first; without any, none is.

    A conference of the zone goes to a bridge there if one can take it, else to one in the nearest of these
    zones, else to any other. It counts for what is booked, or looked for anew, from now on.
    """
    name, others = name.strip(), tuple(other.strip() for other in others)
    _check_names(name, others)

    def work(uow: UnitOfWork) -> None:
        orders = _orders(uow).changed(name, others)
        try:
            field_name, text = check(_SETTING, str(orders))
        except ValueError as error:
            raise Problem(f"The order of all zones is too long: {error}.") from error
        uow.settings.put(field_name, text)
        session.note(uow, AuditAction.SETTING_CHANGED, key_of(field_name), f"now {text}")

    session.write(work)
    with session.store.reading() as uow:
        known = _members(uow)
    for unknown in [one for one in (name, *others) if one not in known]:
        warn(f"no bridge, system or user is in the IP zone {unknown}; names count in the letter case given.")
    near = ", then ".join(others)
    click.echo(f"Nearest to {name}: {near}." if near else f"{name} has no order: all others are equally far.")


@zone.command("list")
@click.pass_obj
def list_zones(session: Session) -> None:
    """List the IP zones that are in use or in an order, and which others are nearest to each."""
    with session.store.reading() as uow:
        members, nearest = _members(uow), _orders(uow).nearest
    names = {*members, *nearest, *(other for near in nearest.values() for other in near)}
    rows = []
    for name in sorted(names):
        counts = members.get(name, Counter())
        near = ", ".join(nearest.get(name, ()))
        rows.append((name, counts["bridge"], counts["system"], counts["user"], near))
    show_table(("Zone", "Bridges", "Systems", "Users", "Nearest first"), rows)


def _check_names(name: str, others: tuple[str, ...]) -> None:
    for one in (name, *others):
        if not one or ">" in one or ";" in one:
            raise Problem(f"'{one}' can be no IP zone: a name is not blank and has neither '>' nor ';'.")
    if name in others or len(set(others)) < len(others):
        raise Problem("Name each zone once: the others are those besides the zone itself.")


def _orders(uow: UnitOfWork) -> ZoneOrders:
    return ZoneOrders.of(ConferenceSettings.of(uow.settings.all()).zone_order)


def _members(uow: UnitOfWork) -> dict[str, Counter[str]]:
    """How many bridges, systems and users are in each zone."""
    members: dict[str, Counter[str]] = {}
    there = [("bridge", one.ip_zone) for one in uow.bridges.all()]
    there += [("system", one.ip_zone) for one in uow.systems.all()]
    there += [("user", one.ip_zone) for one in uow.users.all()]
    for kind, name in there:
        if name:
            members.setdefault(name, Counter())[kind] += 1
    return members
