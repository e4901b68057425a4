"""``tmsba webex-site``."""

from dataclasses import replace
from urllib.parse import urlsplit

import click

from tmsba.cli.common.session import Session, show_table
from tmsba.domain.conference.webex import WebExSite, site_key
from tmsba.domain.people.audit import AuditAction
from tmsba.ports.work import UnitOfWork

_LONGEST_NAME = 100
_LONGEST_URL = 2000


@click.group("webex-site")
def webex_site() -> None:
    """WebEx sites that clients may name in their bookings."""


@webex_site.command("list")
@click.pass_obj
def list_sites(session: Session) -> None:
    """List the sites."""
    with session.store.reading() as uow:
        found = uow.webex_sites.all()
    rows = [(one.url, one.name, _yes(one.uses_pstn), _yes(one.is_default)) for one in found]
    show_table(("URL", "Name", "PSTN", "Default"), rows)


@webex_site.command("add")
@click.argument("url")
@click.option("--name", default="", help="What people call it.")
@click.option("--pstn/--no-pstn", "uses_pstn", default=False, help="Whether WebEx is reached by phone.")
@click.option(
    "--default", "is_default", is_flag=True, help="Make it the one that is meant where none is named."
)
@click.pass_obj
def add_site(session: Session, url: str, name: str, uses_pstn: bool, is_default: bool) -> None:
    """Add a site; the first one becomes the default."""
    wanted = WebExSite(url=url.strip(), name=name.strip(), uses_pstn=uses_pstn, is_default=is_default)

    def work(uow: UnitOfWork) -> WebExSite:
        _check(wanted)
        added = uow.webex_sites.add(wanted)
        session.note(uow, AuditAction.WEBEX_SITE_ADDED, _subject(added), _summary(added))
        return added

    added = session.write(work)
    click.echo(f"{added.url}: {_summary(added)}.")


@webex_site.command("set")
@click.argument("url")
@click.option("--name", help="What people call it.")
@click.option("--pstn/--no-pstn", "uses_pstn", default=None, help="Whether WebEx is reached by phone.")
@click.option(
    "--default", "is_default", is_flag=True, help="Make it the one that is meant where none is named."
)
@click.pass_obj
def set_site(session: Session, url: str, name: str | None, uses_pstn: bool | None, is_default: bool) -> None:
    """Change a site; bookings that are saved from now on follow it."""

    def work(uow: UnitOfWork) -> WebExSite:
        old = _find(uow, url)
        new = replace(
            old,
            name=old.name if name is None else name.strip(),
            uses_pstn=old.uses_pstn if uses_pstn is None else uses_pstn,
            is_default=old.is_default or is_default,
        )
        _check(new)
        uow.webex_sites.change(new)
        session.note(uow, AuditAction.WEBEX_SITE_CHANGED, _subject(new), _summary(new))
        return new

    changed = session.write(work)
    click.echo(f"{changed.url}: {_summary(changed)}.")


@webex_site.command("remove")
@click.argument("url")
@click.pass_obj
def remove_site(session: Session, url: str) -> None:
    """Remove a site; conferences that are booked keep their WebEx."""

    def work(uow: UnitOfWork) -> WebExSite:
        old = _find(uow, url)
        uow.webex_sites.remove(old.id)
        session.note(uow, AuditAction.WEBEX_SITE_REMOVED, _subject(old))
        return old

    removed = session.write(work)
    click.echo(f"Removed {removed.url}.")


def _check(site: WebExSite) -> None:
    parts = urlsplit(site.url)
    is_web_address = parts.scheme in ("http", "https") and parts.hostname
    if not is_web_address or not site.url.isprintable() or len(site.url) > _LONGEST_URL:
        raise ValueError("a WebEx site needs its address, such as https://example.webex.com/example")
    if site.name and not (site.name.isprintable() and len(site.name) <= _LONGEST_NAME):
        raise ValueError(f"the name of a WebEx site has up to {_LONGEST_NAME} characters")


def _find(uow: UnitOfWork, url: str) -> WebExSite:
    key = site_key(url)
    found = next((one for one in uow.webex_sites.all() if one.key == key), None)
    if found is None:
        raise LookupError(f"there is no WebEx site {url}: tmsba webex-site list shows those there are")
    return found


def _subject(site: WebExSite) -> str:
    return f"WebEx site {site.url}"


def _summary(site: WebExSite) -> str:
    words = [site.name, "reached by phone" if site.uses_pstn else "reached by SIP"]
    words.append("the default site" if site.is_default else "")
    return ", ".join(word for word in words if word)


def _yes(is_so: bool) -> str:
    return "Yes" if is_so else "No"
