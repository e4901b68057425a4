"""CSV files as people export them: each line by itself, so that a bad one does not spoil the others."""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tmsba.cli.common.problems import Problem

_DELIMITERS = ",;\t"
_LONGEST_CELL = 1000


class BadLine(ValueError):
    """A line that cannot be imported; the message says why, without a full stop."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number as editors count, and its cells by column, without outer blanks."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that cannot be read, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class CsvFile:
    """An open file whose header is read."""

    columns: Sequence[str]
    size_bytes: int
    #: How far the file is read, in bytes.
    position: Callable[[], int]
    _records: Iterator[tuple[int, list[str] | str]]

    def lines(self) -> Iterator[Line | Bad]:
        """The lines; blank ones are passed by."""
        for number, record in self._records:
            if isinstance(record, str):
                yield Bad(number, record)
            elif any(cell.strip() for cell in record):
                try:
                    yield Line(number, self._cells(record))
                except BadLine as bad:
                    yield Bad(number, str(bad))

    def _cells(self, record: list[str]) -> dict[str, str]:
        if len(record) != len(self.columns):
            raise BadLine(f"it has {len(record)} cells and the header {len(self.columns)}")
        return {
            column: _checked(column, cell.strip()) for column, cell in zip(self.columns, record, strict=True)
        }


@contextmanager
def open_csv(path: Path, *, columns: Collection[str], required: Collection[str]) -> Iterator[CsvFile]:
    """Open a file in UTF-8 with a header; cells are separated by commas, semicolons or tabs.

    Args:
        path: the file.
        columns: the columns there are; headers may write them in capitals and with blanks.
        required: those that must be there.

    Raises:
        Problem: the header does not fit.
    """
    with path.open("rb") as binary:
        # What is no UTF-8 becomes surrogates, so that only its line is bad.
        text = io.TextIOWrapper(binary, "utf-8-sig", errors="surrogateescape", newline="")
        header = text.readline()
        delimiter = max(_DELIMITERS, key=header.count)
        names = _names(next(csv.reader([header], delimiter=delimiter), []), columns, required)
        records = _records(text, delimiter)
        yield CsvFile(names, path.stat().st_size, binary.tell, records)


def _names(header: Sequence[str], columns: Collection[str], required: Collection[str]) -> list[str]:
    names = [name.strip().lower().replace(" ", "_").replace("-", "_") for name in header]
    known = ", ".join(columns)
    if unknown := [name for name in names if name not in columns]:
        raise Problem(f"The file has a column {unknown[0]!r}, which is none of: {known}.")
    if doubled := [name for name in columns if names.count(name) > 1]:
        raise Problem(f"The file has the column {doubled[0]!r} more than once.")
    if missing := [name for name in required if name not in names]:
        raise Problem(
            f"The file has no column {missing[0]!r}. Its first line names the columns, of: {known}."
        )
    return names


def _records(text: IO[str], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """The number of the first line of each record, and its cells, or why it has none."""
    reader = csv.reader(text, delimiter=delimiter)
    while True:
        # The header is one line, which the reader has not seen.
        number = reader.line_num + 2
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, str(error)
        else:
            yield number, record


def _checked(column: str, cell: str) -> str:
    if len(cell) > _LONGEST_CELL:
        raise BadLine(f"{column} has {len(cell)} characters; up to {_LONGEST_CELL} are possible")
    if any("\udc80" <= character <= "\udcff" for character in cell):
        raise BadLine(f"{column} is no UTF-8: save the file as UTF-8")
    if not cell.isprintable():
        raise BadLine(
            f"{column} holds a line break or another control character; is a quotation mark missing?"
        )
    return cell
