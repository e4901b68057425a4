"""Connections to bridges, kept open between jobs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tmsba.cms.client import BridgeClient
from tmsba.domain.bridge import Bridge, BridgeCredentials

#: Makes a client from a bridge and its credentials.
ClientFactory = Callable[[Bridge, BridgeCredentials], BridgeClient]


class BridgeClients:
    """Idle clients by bridge; each is lent to one job at a time, with the job's request id on it."""

    def __init__(self, factory: ClientFactory) -> None:
        self._factory = factory
        self._idle: dict[tuple[object, ...], list[BridgeClient]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def lend(self, bridge: Bridge, credentials: BridgeCredentials, request_id: str) -> Iterator[BridgeClient]:
        """A client for this bridge; changed addresses and passwords get a new one."""
        key = (bridge.url, bridge.is_tls_verified, credentials.username, credentials.password)
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


def client_factory(*, connect_timeout_s: float, read_timeout_s: float) -> ClientFactory:
    """Clients with these time-outs; TLS is verified unless the bridge was added as insecure."""

    def make(bridge: Bridge, credentials: BridgeCredentials) -> BridgeClient:
        return BridgeClient(
            bridge.url,
            credentials.username,
            credentials.password,
            verify=bridge.is_tls_verified,
            connect_timeout_s=connect_timeout_s,
            read_timeout_s=read_timeout_s,
        )

    return make
