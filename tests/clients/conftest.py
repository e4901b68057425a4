from collections.abc import Iterator

import pytest
from installation import Installation, start_bridge


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Installation]:
    """One real server with a simulated bridge, for all clients."""
    bridge = start_bridge()
    installation = Installation(tmp_path_factory.mktemp("clients"))
    try:
        installation.seed()
        installation.add_bridge(bridge.url)
        installation.serve()
        yield installation
    finally:
        installation.stop()
        bridge.stop()
