"""Connections to bridges, kept open between jobs."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tmsba.cms.client import BridgeClient
from tmsba.cms.wire.gaps import Gaps
from tmsba.cms.wire.tls import trust
from tmsba.control.bridge.circuit import Circuits
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials

#: Makes a client from a bridge and its credentials.
ClientFactory = Callable[[Bridge, BridgeCredentials], BridgeClient]

#: How often a request that can be repeated is repeated before the job as a whole is tried again.
_RETRIES = 2


class BridgeClients:
    """Idle clients by bridge; each is lent to one job at a time, with the job's request id on it.

    With circuits, a bridge that failed several times in a row is not asked again for a while.
    """

    def __init__(self, factory: ClientFactory, circuits: Circuits | None = None) -> None:
        self._factory = factory
        self._circuits = circuits
        self._idle: dict[tuple[object, ...], list[BridgeClient]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def lend(self, bridge: Bridge, credentials: BridgeCredentials, request_id: str) -> Iterator[BridgeClient]:
        """A client for this bridge; changed addresses and passwords get a new one.

        Raises:
            BridgeUnreachable: the bridge failed several times in a row and is not asked now.
        """
        if self._circuits is None:
            with self._lend(bridge, credentials, request_id) as client:
                yield client
        else:
            with (
                self._circuits.guard(bridge.url),
                self._lend(bridge, credentials, request_id) as client,
            ):
                yield client

    @contextmanager
    def _lend(
        self, bridge: Bridge, credentials: BridgeCredentials, request_id: str
    ) -> Iterator[BridgeClient]:
        key = (bridge.url, bridge.is_tls_verified, credentials)
        with self._lock:
            idle = self._idle.get(key)
            client = idle.pop() if idle else None
        client = client or self._factory(bridge, credentials)
        client.request_id = request_id or None
        try:
            yield client
        finally:
            with self._lock:
                self._idle.setdefault(key, []).append(client)

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            clients = [client for idle in self._idle.values() for client in idle]
            self._idle.clear()
        for client in clients:
            client.close()


def client_factory(
    *, connect_timeout_s: float, read_timeout_s: float, retries: int = _RETRIES
) -> ClientFactory:
    """Clients with these time-outs; TLS is verified as the bridge's registration says.

    All that are made for one address share what the bridge there does not know.
    """
    gaps: defaultdict[str, Gaps] = defaultdict(Gaps)

    def make(bridge: Bridge, credentials: BridgeCredentials) -> BridgeClient:
        return BridgeClient(
            bridge.url,
            credentials.username,
            credentials.password,
            verify=trust(
                is_verified=bridge.is_tls_verified,
                ca_pem=credentials.ca_pem,
                fingerprint=credentials.fingerprint,
            ),
            retries=retries,
            connect_timeout_s=connect_timeout_s,
            read_timeout_s=read_timeout_s,
            gaps=gaps[bridge.url],
        )

    return make
