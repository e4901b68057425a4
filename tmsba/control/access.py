"""Which of a bridge's two addresses to use now, and how to log in there."""

from dataclasses import dataclass, replace

from tmsba.booking.ports import UnitOfWork
from tmsba.domain.bridge import Bridge, BridgeCredentials
from tmsba.domain.bridge_health import BridgeAddress, address_in_use


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeAccess:
    """What ``BridgeClients.lend`` needs to reach a bridge."""

    #: With the URL of the address to use; all else is the bridge's own.
    bridge: Bridge
    credentials: BridgeCredentials
    address: BridgeAddress


def access_now(uow: UnitOfWork, bridge: Bridge) -> BridgeAccess:
    """How to reach a bridge for a meeting that is about to start: ``address_in_use`` says where.

    Raises:
        LookupError: no bridge has this id.
    """
    return access_at(uow, bridge, address_in_use(bridge, uow.bridges.healths()))


def access_at(uow: UnitOfWork, bridge: Bridge, address: BridgeAddress) -> BridgeAccess:
    """How to reach a bridge at one of its addresses, such as the one where a meeting was started.

    Raises:
        LookupError: no bridge has this id, or it has no such address.
    """
    credentials = uow.bridges.credentials(bridge.id, address)
    url = bridge.url if address is BridgeAddress.MAIN else bridge.alternate_url
    return BridgeAccess(bridge=replace(bridge, url=url), credentials=credentials, address=address)
