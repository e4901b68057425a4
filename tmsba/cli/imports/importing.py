"""Bring the lines of a file into the store, chunk by chunk.

Each chunk is a unit of work with a fixed number of statements. An import that was interrupted is simply run
again: lines that say what is stored already change nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session
from tmsba.cli.imports.csv_files import Bad, BadLine, CsvFile, Line, open_csv
from tmsba.domain.people.audit import AuditAction
from tmsba.ports.work import UnitOfWork

T = TypeVar("T")

#: So many lines are one unit of work: others who write wait a moment only.
CHUNK = 500


class Fate(Enum):
    """What became of a line."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    BAD = "bad"


#: What became of each line of a chunk, by its number; a text says what is wrong with a bad one.
Outcome = dict[int, Fate | str]


class Importer(Protocol):
    """What is imported."""

    columns: Sequence[str]
    required: Sequence[str]
    action: AuditAction

    def key(self, line: Line) -> str:
        """What tells lines apart: no two of a file may have the same.

        Raises:
            BadLine: the line has none.
        """

    def prepare(self, uow: UnitOfWork, lines: Sequence[Line]) -> None:
        """Do what takes long, before the unit of work that stores them; ``uow`` only reads."""

    def store(self, uow: UnitOfWork, lines: Sequence[Line]) -> Outcome:
        """Store the lines of a chunk, in a fixed number of statements."""


def compared(
    lines: Sequence[Line], old_of: Callable[[Line], T | None], new_of: Callable[[Line, T | None], T]
) -> tuple[Outcome, list[T]]:
    """What becomes of each line, and what is to be stored.

    Args:
        lines: of a chunk.
        old_of: what is stored of a line.
        new_of: what it says over that; raises ``BadLine``.
    """
    outcome: Outcome = {}
    wanted: list[T] = []
    for line in lines:
        old = old_of(line)
        try:
            new = new_of(line, old)
        except BadLine as error:
            outcome[line.number] = str(error)
            continue
        if new == old:
            outcome[line.number] = Fate.UNCHANGED
        else:
            outcome[line.number] = Fate.ADDED if old is None else Fate.CHANGED
            wanted.append(new)
    return outcome, wanted


@dataclass(slots=True)
class _Report:
    """Counts lines, and tells of bad ones as they are found."""

    console: Console
    counts: Counter[Fate] = field(default_factory=Counter)

    def tell(self, outcome: Outcome) -> None:
        for number in sorted(outcome):
            fate = outcome[number]
            if isinstance(fate, Fate):
                self.counts[fate] += 1
            else:
                self.counts[Fate.BAD] += 1
                self.console.print(f"line {number}: {fate}", markup=False, highlight=False, soft_wrap=True)

    def __str__(self) -> str:
        return ", ".join(f"{self.counts[fate]} {fate.value}" for fate in Fate)


def run_import(session: Session, path: Path, importer: Importer) -> None:
    """Import a file, show how far it is, and say what became of its lines.

    Raises:
        Problem: the header does not fit; or some lines were bad, and the others are imported.
    """
    report = _Report(Console(stderr=True))
    seen: dict[str, int] = {}
    with (
        open_csv(path, columns=importer.columns, required=importer.required) as file,
        _progress(report.console, path.name, file.size_bytes) as progress,
    ):
        for chunk in _chunks(file):
            lines, outcome = _distinct(importer, chunk, seen)
            outcome |= _stored(session, path, importer, lines)
            report.tell(outcome)
            progress.update(progress.task_ids[0], completed=file.position(), lines=report.counts.total())
    click.echo(f"{path.name}: {report}.")
    if bad := report.counts[Fate.BAD]:
        raise Problem(
            f"{bad} of {report.counts.total()} lines were not imported; correct them and run it again."
        )


@contextmanager
def _progress(console: Console, name: str, size_bytes: int) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    counted = (TextColumn("{task.fields[lines]} lines"), TimeElapsedColumn())
    with Progress(*columns, *counted, console=console, disable=not console.is_terminal) as progress:
        progress.add_task(name, total=size_bytes, lines=0)
        yield progress


def _chunks(file: CsvFile) -> Iterator[list[Line | Bad]]:
    chunk: list[Line | Bad] = []
    for line in file.lines():
        chunk.append(line)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _distinct(
    importer: Importer, chunk: Sequence[Line | Bad], seen: dict[str, int]
) -> tuple[list[Line], Outcome]:
    """The lines that can be stored together, and what is wrong with the others."""
    lines: list[Line] = []
    bad: Outcome = {}
    for line in chunk:
        if isinstance(line, Bad):
            bad[line.number] = line.reason
            continue
        try:
            key = importer.key(line)
        except BadLine as error:
            bad[line.number] = str(error)
            continue
        first = seen.setdefault(key, line.number)
        if first == line.number:
            lines.append(line)
        else:
            bad[line.number] = f"{key} stands in line {first} already"
    return lines, bad


def _stored(session: Session, path: Path, importer: Importer, lines: Sequence[Line]) -> Outcome:
    if not lines:
        return {}
    with session.store.reading() as uow:
        importer.prepare(uow, lines)

    def work(uow: UnitOfWork) -> Outcome:
        outcome = importer.store(uow, lines)
        counts = Counter(fate for fate in outcome.values() if isinstance(fate, Fate))
        if counts[Fate.ADDED] or counts[Fate.CHANGED]:
            told = f"lines {lines[0].number} to {lines[-1].number}: {counts[Fate.ADDED]} added"
            session.note(uow, importer.action, path.name, f"{told}, {counts[Fate.CHANGED]} changed")
        return outcome

    return session.write(work)
