"""``tmsba bridge clean``."""

import threading

import click

from tmsba.cli.bridges.values import find_bridge
from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session, show_table, warn


@click.command("clean")
@click.argument("name")
@click.option("--dry-run", "is_dry", is_flag=True, help="Only say what would be done.")
@click.pass_obj
def clean_bridge(session: Session, name: str, is_dry: bool) -> None:
    """End what no conference owns on the bridge called NAME: open spaces and calls in its numbers.

    Looks at every space of ours, at both addresses of the bridge. What ongoing conferences miss is put right
    by a control worker. Spaces that are missing are made; those of others are never touched.
    """
    from tmsba.app import build_sweeper
    from tmsba.cms import BridgeError
    from tmsba.control.bridge.access import BridgeAccess, access_at
    from tmsba.domain.bridge.clusters import host_of
    from tmsba.domain.bridge.health import BridgeAddress
    from tmsba.domain.people.audit import AuditAction
    from tmsba.ports.work import UnitOfWork

    bridge = find_bridge(session, name)
    addresses = [BridgeAddress.MAIN, *([BridgeAddress.ALTERNATE] if bridge.alternate_url else [])]
    with session.store.reading() as uow:
        accesses: list[BridgeAccess] = [access_at(uow, bridge, address) for address in addresses]
    sweeper = build_sweeper(session.config, session.store, threading.Event())
    rows, failed = [], []
    for access in accesses:
        try:
            found = sweeper.sweep(bridge, access, is_thorough=True, is_dry=is_dry)
        except BridgeError as error:
            failed.append(str(error))
        else:
            rows += [(host_of(access.bridge.url), one.number, one.found, one.done) for one in found]
    if rows:
        show_table(("Address", "Number", "Found", "Done"), rows)
    if rows and not is_dry:

        def work(uow: UnitOfWork) -> None:
            session.note(uow, AuditAction.BRIDGE_CLEANED, f"bridge {name}", f"findings: {len(rows)}")

        session.write(work)
    if len(failed) == len(accesses):
        raise Problem(" ".join(failed))
    for reason in failed:
        warn(f"not looked at: {reason}")
    if not rows:
        click.echo(f"There is nothing to clean on {name}.")
