"""How many requests a bridge gets from us, with few and with many spaces of others.

Run it with ``PYTHONPATH=tests:tests/integration python tests/benchmarks/bench_bridge_requests.py``. The
bridge is the simulator, which hands spaces out twenty at a time. What is counted is what leaves the client,
each page of a list by itself.
"""

import argparse
import time

import structlog
from bridge_counts import measure
from rich.console import Console
from rich.table import Table

console = Console(highlight=False, width=110)
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--foreign", type=int, nargs="+", default=[100, 20_000], help="spaces of others")
    parser.add_argument("--numbers", type=int, default=50, help="numbers of ours")
    given = parser.parse_args()
    begun = time.monotonic()
    counts = {foreign: measure(foreign, numbers=given.numbers) for foreign in given.foreign}
    table = Table("requests", box=None)
    for foreign in given.foreign:
        table.add_column(f"{foreign} spaces of others", justify="right")
    for what in counts[given.foreign[0]]:
        table.add_row(what, *(str(len(counts[foreign][what])) for foreign in given.foreign))
    console.print(table)
    console.print(f"{given.numbers} numbers of ours; took {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
