"""Simulated bridges that listen and form a cluster."""

from collections.abc import Sequence
from typing import Any, Self

from tmsba.simulator.cluster import Cluster
from tmsba.simulator.parties import Party
from tmsba.simulator.simulator import SharedCluster, Simulator


class SimulatedCluster:
    """Several call bridges that form one cluster, each on a port of its own.

    Args:
        size: How many.
        port: The first port, the others follow; or 0 to have all chosen.
        name: The bridges' name, to which a number from 1 is added.
        seed: Makes identifiers, delays and chances repeatable.
        parties: How remote parties behave, if not all simply answer.
        domain: The domain whose calls lead to spaces; without one there are no dial plan rules.
        **settings: What else each bridge is given; see ``Simulator``.
    """

    def __init__(
        self,
        size: int,
        *,
        port: int = 0,
        name: str = "bridge",
        seed: int | None = None,
        parties: Sequence[Party] = (),
        domain: str = "",
        **settings: Any,
    ) -> None:
        shared = SharedCluster(Cluster(seed=seed, parties=parties, domain=domain))
        for number in range(size):
            Simulator(
                name=f"{name}{number + 1}", port=port + number if port else 0, shared=shared, **settings
            )
        self.cluster = shared.cluster
        self.nodes = shared.simulators

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start every node; none when one cannot be started."""
        try:
            for node in self.nodes:
                node.start()
                # The others, and clients, find it where it really listens.
                self.cluster.call_bridges[node.bridge.id].change({"address": node.url})
        except OSError:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop every node."""
        for node in self.nodes:
            node.stop()
