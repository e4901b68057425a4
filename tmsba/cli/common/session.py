"""What the commands share: the configuration, the store, and how results are shown."""

import getpass
import os
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tmsba.cli.common.problems import Problem, sentence
from tmsba.config import Config, load, unknown_variables

if TYPE_CHECKING:
    from tmsba.domain.people.audit import AuditAction
    from tmsba.ports.work import UnitOfWork
    from tmsba.store import SqlStore

T = TypeVar("T")


@dataclass
class Session:
    """One run of the command."""

    config_path: str | None = None

    @cached_property
    def config(self) -> Config:
        """The configuration, read when a command first asks for it."""
        config = load(self.config_path)
        for name in unknown_variables(os.environ):
            warn(f"the variable {name} sets nothing; is it misspelt?")
        return config

    @cached_property
    def store(self) -> "SqlStore":
        """The store behind the configured database, whose tables are up to date."""
        from tmsba.app import build_store

        config = self.config
        self.log_quietly()
        store = build_store(config)
        click.get_current_context().call_on_close(store.dispose)
        return store

    def log_quietly(self) -> None:
        """Set logging up for a command that tells people itself what happens."""
        from tmsba import log

        level = self.config.log_level
        log.configure(log_format=self.config.log_format, level="error" if level == "info" else level)

    def log_fully(self) -> None:
        """Set logging up for a server."""
        from tmsba import log

        log.configure(log_format=self.config.log_format, level=self.config.log_level)

    def write(self, work: "Callable[[UnitOfWork], T]") -> T:
        """Run ``work`` in a unit of work and commit.

        Raises:
            Problem: it said that a value does not fit, such as a name that is taken or unknown.
        """
        from tmsba.ports.repeating import write

        try:
            return write(self.store, work)
        except (ValueError, LookupError) as error:
            raise Problem(sentence(str(error))) from error

    def note(self, uow: "UnitOfWork", action: "AuditAction", subject: str, detail: str = "") -> None:
        """Write a line of the audit log, in the unit of work of the change it tells of."""
        from tmsba.app import utc_now
        from tmsba.domain.people.audit import AuditEntry

        entry = AuditEntry(
            at=utc_now(),
            who=_operator(),
            origin=origin(),
            action=action,
            subject=subject,
            detail=detail,
        )
        uow.audit.append(entry)


def origin() -> str:
    """Where a change comes from that is made by a command."""
    return f"command line on {socket.gethostname()}"


def _operator() -> str:
    """Who runs the command, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        return f"user {os.getuid()}"


def warn(text: str) -> None:
    """Say something on standard error that needs no action now."""
    click.echo(f"Warning: {text}", err=True)


def show_table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Show rows to people as a table; to other programs as lines with tabs, nothing cut off."""
    texts = [[str(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(headers), *texts]:
            click.echo("\t".join(" ".join(cell.split()) for cell in row))
        return
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for header in headers:
        # Ids must be whole, or nobody can copy them.
        table.add_column(header, overflow="fold")
    for row in texts:
        table.add_row(*map(escape, row))
    Console().print(table)


def read_password(*, is_from_stdin: bool, what: str) -> str:
    """A password from standard input, or typed twice at a terminal.

    Raises:
        Problem: it is blank.
        click.UsageError: there is neither.
    """
    if is_from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = click.prompt(f"Password of {what}", hide_input=True, confirmation_prompt=True, err=True)
    else:
        raise click.UsageError("Give --password-stdin and the password on standard input.")
    if not password:
        raise Problem("The password on standard input is blank: give one.")
    return str(password)


def check_zone(name: str) -> str:
    """The name of a time zone, as it was given.

    Raises:
        Problem: there is no such zone.
    """
    from tmsba.domain.time.zone_names import zone

    try:
        zone(name)
    except ValueError as error:
        raise Problem(sentence(str(error))) from error
    return name
