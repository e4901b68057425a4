"""What the SOAP layer costs next to plain lxml that builds the same bytes.

Neither HTTP nor a database takes part: the use cases are a stand-in that answers prepared views. All
ways take turns in one run, in CPU time, and the best round of each counts, so that a busy machine
slows down all of them or none::

    python tests/benchmarks/bench_soap.py --seconds 10
    python tests/benchmarks/bench_soap.py --memory 10000
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from bench_views import listed, stored
from plain_lxml import rebuild
from rich.console import Console
from rich.table import Table

from tmsba.booking.view.views import ConferenceView
from tmsba.soap.application import SoapService
from tmsba.soap.operations.handlers import booking_service
from tmsba.soap.translation.conference_out import conference_out, conferences_out
from tmsba.soap.types.simple import BOOKING
from tmsba.soap.wire.faults import SoapVersion
from tmsba.soap.wire.protocol import Exchange

VERSIONS = (0, 15, 23)
LIST_LENGTH = 200
#: How long one way runs before the next has its turn.
TURN_S = 0.02

LIST = "GetConferencesForSystems"
SINGLE = "GetConferenceById"
PARAMETERS = {
    SINGLE: "<ConferenceId>5</ConferenceId>",
    LIST: "<SystemIds>1</SystemIds><SystemIds>2</SystemIds><StartTime>2026-01-01T00:00:00Z</StartTime>"
    "<EndTime>2026-12-31T00:00:00Z</EndTime><ConferenceStatus>All</ConferenceStatus>",
}

console = Console(highlight=False)


@dataclass
class Case:
    """One call, and the three ways to its answer."""

    title: str
    version: int
    size: int
    ways: dict[str, Callable[[], bytes]]


def _service(views: list[ConferenceView]) -> SoapService:
    use_cases: Any = SimpleNamespace(
        get_conference=lambda *_: views[0], conferences_for_systems=lambda *_: views
    )
    return booking_service(use_cases)


def _exchange(operation: str, version: int) -> Exchange:
    body = (
        f'<s:Envelope xmlns:s="{SoapVersion.V11.namespace}"><s:Header>'
        f'<ExternalAPIVersionSoapHeader xmlns="{BOOKING}"><ClientVersionIn>{version}</ClientVersionIn>'
        "<ClientIdentifierIn>benchmark</ClientIdentifierIn></ExternalAPIVersionSoapHeader></s:Header>"
        f'<s:Body><{operation} xmlns="{BOOKING}">{PARAMETERS[operation]}</{operation}></s:Body></s:Envelope>'
    )
    return Exchange(body.encode(), "text/xml; charset=utf-8", "http://tmsba.example.com", "benchmark")


def _whole(operation: str, version: int, views: list[ConferenceView]) -> Callable[[], bytes]:
    """From the bytes of the request to those of the answer."""
    service = _service(views)

    def answer() -> bytes:
        answered = service.answer(_exchange(operation, version))
        if answered.is_fault:
            raise ValueError(answered.body.decode())
        return answered.body

    return answer


def _writing(operation: str, version: int, views: list[ConferenceView]) -> Callable[[], bytes]:
    """Only from views to the bytes of the answer."""
    service = _service(views)
    protocol = service.app.out_protocol
    exchange = _exchange(operation, version)
    exchange.request_name = operation
    exchange.headers = {
        "ExternalAPIVersionSoapHeader": {"ClientVersionIn": version, "ClientIdentifierIn": "benchmark"}
    }
    descriptor = service.contract.operations[operation]

    def write() -> bytes:
        result = conferences_out(views) if operation == LIST else conference_out(views[0])
        ctx = SimpleNamespace(udc=exchange, descriptor=descriptor, out_object=[result], out_error=None)
        protocol.serialize(ctx, None)
        protocol.create_out_string(ctx)
        return b"".join(ctx.out_string)

    return write


def _case(title: str, operation: str, version: int, views: list[ConferenceView]) -> Case:
    whole, writing = _whole(operation, version, views), _writing(operation, version, views)
    answer = whole()
    if writing() != answer:
        raise ValueError("The two ways through the SOAP layer do not answer the same bytes.")
    ways = {"whole SOAP layer": whole, "translate and write": writing, "plain lxml": rebuild(answer)}
    return Case(title, version, len(answer), ways)


def _turn(way: Callable[[], bytes], calls: int) -> float:
    """CPU seconds per call."""
    start = time.process_time()
    for _ in range(calls):
        way()
    return (time.process_time() - start) / calls


def _best(case: Case, seconds: float) -> dict[str, float]:
    """The best CPU seconds per call of each way, which take turns."""
    calls = {name: max(1, int(TURN_S / _turn(way, 3))) for name, way in case.ways.items()}
    best = dict.fromkeys(case.ways, float("inf"))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name, way in case.ways.items():
            best[name] = min(best[name], _turn(way, calls[name]))
    return best


def _measure(seconds: float) -> None:
    views = [listed(number) for number in range(1, LIST_LENGTH + 1)]
    cases = [
        *(_case("stored conference", SINGLE, version, [stored()]) for version in VERSIONS),
        *(_case(f"list of {LIST_LENGTH}", LIST, version, views) for version in VERSIONS),
    ]
    table = Table(
        "answer", "version", "bytes", "way", "calls/s per core", "\u00b5s per call", "to plain lxml"
    )
    for name in ("version", "bytes", "calls/s per core", "\u00b5s per call", "to plain lxml"):
        next(column for column in table.columns if column.header == name).justify = "right"
    for case in cases:
        best = _best(case, seconds / len(cases))
        facts = (case.title, str(case.version), f"{case.size:,}")
        for name, cost in best.items():
            ratio = f"{cost / best['plain lxml']:.2f}"
            table.add_row(*facts, name, f"{1 / cost:,.0f}", f"{cost * 1e6:,.1f}", ratio)
            facts = ("", "", "")
        table.add_section()
    console.print(table)


def _memory(length: int) -> None:
    """How far one answer raises the peak of the process, lxml's memory and Python's alike."""
    views = [listed(number) for number in range(1, length + 1)]
    _whole(LIST, 23, views[:1])()
    answer = _whole(LIST, 23, views)
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    size = len(answer())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit - before
    console.print(
        f"A list of {length:,} is {size / 1e6:.1f} MB; answering it took {peak / 1e6:.1f} MB at the peak, "
        f"{peak / size:.1f} times the answer."
    )


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=12, help="how long to measure in all")
    parser.add_argument("--memory", type=int, metavar="LENGTH", help="measure the memory of one list instead")
    options = parser.parse_args()
    if options.memory:
        _memory(options.memory)
    else:
        _measure(options.seconds)


if __name__ == "__main__":
    main()
