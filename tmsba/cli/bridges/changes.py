"""``tmsba bridge set``."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tmsba.cli.bridges.record_receivers import check_receiver, set_receivers
from tmsba.cli.bridges.values import (
    IP_ZONE,
    PRIORITY,
    ROOM,
    check_access,
    check_bridge,
    check_url,
    find_bridge,
    read_ca,
    read_pin,
    set_up_bridge,
    warn_of_overlap,
    warn_of_transport,
)
from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session, read_password, warn
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials, no_name
from tmsba.domain.bridge.health import BridgeAddress
from tmsba.domain.people.audit import AuditAction

if TYPE_CHECKING:
    from tmsba.ports.work import UnitOfWork

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--name", metavar="N", help="What people call it."),
    click.option("--url", metavar="URL", help="Where its API is."),
    click.option("--username", metavar="U", help="Another API user; needs its password."),
    click.option(
        "--password-stdin", is_flag=True, default=None, help="Read its password from standard input."
    ),
    click.option(
        "--domain", metavar="D", help="The SIP domain behind each number, for bookings from now on."
    ),
    click.option("--numeric-id-base", type=int, metavar="B", help="The first number."),
    click.option("--numeric-id-quantity", type=int, metavar="Q", help="How many numbers."),
    click.option(
        "--web-bridge",
        metavar="URI",
        help="Where browsers join, or a whole link with {number} and {secret}; blank for nowhere.",
    ),
    click.option("--max-participants", **ROOM),
    click.option("--ip-zone", **IP_ZONE),
    click.option("--priority", **PRIORITY),
    click.option("--alternate-url", metavar="URL", help="Another node of its cluster; blank for none."),
    click.option("--alternate-username", metavar="U", help="An API user there."),
    click.option(
        "--alternate-password-stdin",
        is_flag=True,
        default=None,
        help="Read its password from standard input, after the other one if that is read too.",
    ),
    click.option("--alternate-fingerprint", metavar="SHA256", help="Its certificate's; blank for any."),
    click.option(
        "--ca", metavar="FILE", help="Trust only the authority in this PEM file; blank for the system's."
    ),
    click.option("--fingerprint", metavar="SHA256", help="Trust only this certificate; blank for any."),
    click.option(
        "--insecure/--verified", "is_insecure", default=None, help="Whether any certificate is accepted."
    ),
    click.option(
        "--cdr-receiver",
        metavar="URL",
        help="Where it reaches us to post call detail records, such as https://tms.example.com; blank for no "
        "longer. Needs cdr_path in the configuration.",
    ),
    click.option(
        "--enable/--disable", "is_enabled", default=None, help="Whether conferences are routed to it."
    ),
)


def _with_options(command: F) -> F:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("set")
@click.argument("name_now", metavar="NAME")
@_with_options
@click.pass_obj
def set_bridge(session: Session, /, name_now: str, **given: Any) -> None:
    """Change the bridge called NAME; what is not given stays.

    More numbers get spaces of their own. Fewer numbers take away only spaces that nobody has booked: the
    others follow when their last meeting is over. Bookings keep the numbers and dial strings they have. What
    a disabled bridge has to come, or one with room for fewer participants than are booked, goes to others:
    'tmsba bridge what-if' shows where.
    """
    before = find_bridge(session, name_now)
    asked = {key: value for key, value in given.items() if value is not None}
    if not asked:
        raise click.UsageError("Give at least one option: what is to change?")
    receiver = asked.pop("cdr_receiver", None)
    if receiver is not None:
        check_receiver(session, receiver)
    if asked:
        _change(session, before, asked)
    if receiver is not None:
        set_receivers(session, before.id, receiver)


def _change(session: Session, before: Bridge, asked: dict[str, Any]) -> None:
    from tmsba.app import utc_now
    from tmsba.control.bridge.registration import check_settings
    from tmsba.control.work.tickets import bridge_subject

    wanted = check_bridge(_changed(before, asked))
    logins = _logins(session, before, wanted, asked)
    _try(session, before, wanted, logins)

    if (wanted.domain, wanted.numbers) != (before.domain, before.numbers):
        warn_of_overlap(session, wanted)

    def work(uow: "UnitOfWork") -> None:
        uow.bridges.change(wanted, credentials=logins.main, alternate=logins.alternate)
        if wanted.name != before.name:
            uow.tickets.rename(bridge_subject(before.name), bridge_subject(wanted.name))
        detail = ", ".join(sorted(name.replace("_", "-") for name in asked))
        session.note(uow, AuditAction.BRIDGE_CHANGED, f"bridge {wanted.name}", detail)

    session.write(work)
    click.echo(f"Changed bridge {wanted.name}.")
    check_settings(session.store, utc_now, wanted)
    is_to_set_up = logins.main or _needs(wanted) != _needs(before)
    if is_to_set_up and wanted.is_enabled and not set_up_bridge(session, wanted):
        raise SystemExit(1)
    _tell_of_retired(session, wanted)
    _tell_of_stranded(session, wanted)


def _needs(bridge: Bridge) -> tuple[object, ...]:
    """What a change of must be carried out on the bridge itself."""
    return bridge.url, bridge.is_tls_verified, bridge.numbers, bridge.is_enabled


@dataclass(frozen=True, slots=True, kw_only=True)
class _Logins:
    """New credentials; ``None`` for what stays."""

    main: BridgeCredentials | None
    alternate: BridgeCredentials | None


def _changed(before: Bridge, asked: dict[str, Any]) -> Bridge:
    fields = (
        "name",
        "url",
        "domain",
        "numeric_id_base",
        "numeric_id_quantity",
        "alternate_url",
        "ip_zone",
        "priority",
        "is_enabled",
    )
    changes: dict[str, Any] = {key: asked[key] for key in fields if key in asked}
    if "web_bridge" in asked:
        changes["web_bridge_uri"] = asked["web_bridge"]
    if "max_participants" in asked:
        changes["max_participants"] = asked["max_participants"] or None
    if "is_insecure" in asked:
        changes["is_tls_verified"] = not asked["is_insecure"]
    if before.is_unnamed and "url" in asked:
        changes = {"name": no_name(check_url(asked["url"]))} | changes
    stripped: dict[str, Any] = {k: v.strip() if isinstance(v, str) else v for k, v in changes.items()}
    return replace(before, **stripped)


def _logins(session: Session, before: Bridge, wanted: Bridge, asked: dict[str, Any]) -> _Logins:
    with session.store.reading() as uow:
        known = uow.bridges.credentials(before.id)
        at_alternate = (
            uow.bridges.credentials(before.id, BridgeAddress.ALTERNATE) if before.alternate_url else None
        )
    main = _login(known, asked, "", ca=asked.get("ca"))
    if not wanted.alternate_url:
        return _Logins(main=main, alternate=None)
    if at_alternate is None and not {"alternate_username", "alternate_password_stdin"} <= asked.keys():
        raise Problem("The alternate address needs --alternate-username and --alternate-password-stdin.")
    blank = BridgeCredentials(username="", password="")
    return _Logins(main=main, alternate=_login(at_alternate or blank, asked, "alternate_", ca=None))


def _login(
    known: BridgeCredentials, asked: dict[str, Any], prefix: str, *, ca: str | None
) -> BridgeCredentials | None:
    username = str(asked.get(f"{prefix}username", known.username)).strip()
    if username != known.username and f"{prefix}password_stdin" not in asked:
        raise Problem(f"Another user needs --{prefix.replace('_', '-')}password-stdin too.")
    changed = replace(known, username=username)
    if f"{prefix}password_stdin" in asked:
        password = read_password(is_from_stdin=True, what=username)
        changed = replace(changed, password=password)
    if f"{prefix}fingerprint" in asked:
        typed = asked[f"{prefix}fingerprint"]
        changed = replace(changed, fingerprint=read_pin(typed) if typed.strip() else "")
    if ca is not None:
        changed = replace(changed, ca_pem=read_ca(ca) if ca.strip() else "")
    return None if changed == known else changed


def _try(session: Session, before: Bridge, wanted: Bridge, logins: _Logins) -> None:
    """Try new addresses and passwords before they are stored."""
    with session.store.reading() as uow:
        main = logins.main or uow.bridges.credentials(before.id)
        its = next((one for one in uow.bridges.memberships() if one.bridge.id == before.id), None)
    if logins.main or (wanted.url, wanted.is_tls_verified) != (before.url, before.is_tls_verified):
        warn_of_transport(wanted.url, is_tls_verified=wanted.is_tls_verified, fingerprint=main.fingerprint)
        check_access(session, wanted, main)
    if not wanted.alternate_url or not (logins.alternate or wanted.alternate_url != before.alternate_url):
        return
    from tmsba.domain.bridge.clusters import host_of, is_node

    if its is not None and not is_node(wanted.alternate_url, its.nodes):
        warn(
            f"{host_of(wanted.alternate_url)} is none of the call bridges of the cluster of {wanted.name}: "
            "meetings can be held there only if it has the same spaces."
        )
    _try_alternate(session, wanted, logins, main)


def _try_alternate(session: Session, wanted: Bridge, logins: _Logins, main: BridgeCredentials) -> None:
    from tmsba.app import bridge_clients
    from tmsba.cms import BridgeError

    if logins.alternate is None:
        with session.store.reading() as uow:
            login = uow.bridges.credentials(wanted.id, BridgeAddress.ALTERNATE)
    else:
        login = logins.alternate
    client = bridge_clients(session.config)(
        replace(wanted, url=wanted.alternate_url), replace(login, ca_pem=main.ca_pem)
    )
    try:
        client.status()
    except BridgeError as error:
        if not error.is_retryable:
            raise Problem(f"{error} Nothing was stored.") from error
        warn(f"the alternate address: {error}")
    finally:
        client.close()


def _tell_of_retired(session: Session, bridge: Bridge) -> None:
    """Say which numbers stay for a while because they are booked."""
    from tmsba.app import utc_now

    with session.store.reading() as uow:
        kept = sorted(uow.bridges.numbers_in_use(bridge.id, utc_now()) - set(bridge.numbers))
    if kept:
        shown = ", ".join(map(str, kept[:10])) + (" and more" if len(kept) > 10 else "")
        click.echo(f"Booked, and removed when their last meeting is over: {shown}.")


def _tell_of_stranded(session: Session, bridge: Bridge) -> None:
    """Say what is booked on a bridge that is disabled."""
    from tmsba.app import utc_now
    from tmsba.control.upkeep.stranded import check_stranded

    if count := check_stranded(session.store, utc_now, bridge):
        click.echo(
            f"Conferences to come that are booked on it: {count}. A control worker moves them now, where "
            f'another bridge can take them; where to, shows: tmsba bridge what-if "{bridge.name}" --remove'
        )
