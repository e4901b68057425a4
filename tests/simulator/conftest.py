from collections.abc import Iterator

import pytest
from simulator_api import PASSWORD, Api

from tmsba.simulator import Peer, Simulator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A bridge on which nothing that takes time ends by itself."""
    with Simulator(
        password=PASSWORD,
        name="core1",
        cluster=[Peer("core2", "https://core2.example.com")],
        sync_seconds=60,
        answer_seconds=60,
        unreachable=["Gone@example.com"],
        largest_bulk=50,
    ) as simulator:
        yield simulator


@pytest.fixture
def api(simulator: Simulator) -> Iterator[Api]:
    api = Api(simulator)
    with api.http:
        yield api


@pytest.fixture
def quick() -> Iterator[Api]:
    """A bridge on which things take a short real time."""
    with Simulator(password=PASSWORD, unreachable=["gone@example.com"]) as simulator:
        api = Api(simulator)
        with api.http:
            yield api
