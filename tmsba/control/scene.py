"""What a job has to know before it acts: read once, in one unit of work."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tmsba.booking.ports import Store
from tmsba.domain.bridge import Bridge, BridgeCredentials, Space
from tmsba.domain.conference import Conference
from tmsba.domain.system import System
from tmsba.routing.connections import Direction, connections, webex_call


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A conference with its bridge, its space and the addresses to dial."""

    conference: Conference
    bridge: Bridge
    credentials: BridgeCredentials
    space: Space
    #: One for each participant whom the bridge dials, in their order; the last one may be WebEx.
    addresses: tuple[str, ...]
    #: What to send by tones once an address has answered, of those that want that.
    tones: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: The system that starts the conference; ``None`` when there is none.
    master: System | None = None


def load_conference(store: Store, conference_id: int) -> Conference | None:
    """The conference as it is stored now."""
    with store.reading() as uow:
        return uow.conferences.get(conference_id)


def load_scene(store: Store, conference: Conference, bridge_id: int, space_id: int) -> Scene | None:
    """Everything about a conference on one space; ``None`` when bridge or space are gone."""
    with store.reading() as uow:
        bridge, space = uow.bridges.get(bridge_id), uow.bridges.space(space_id)
        if bridge is None or space is None:
            return None
        systems = uow.systems.many(conference.system_ids)
        is_connected = conference.connected_at is not None
        routes = connections(conference.details, conference.participants, systems, is_connected=is_connected)
        dialled = [r.address for r in routes if r.direction is Direction.BRIDGE_DIALS]
        webex = webex_call(conference.details, is_connected=is_connected)
        return Scene(
            conference=conference,
            bridge=bridge,
            credentials=uow.bridges.credentials(bridge_id),
            space=space,
            addresses=(*dialled, webex.address) if webex else tuple(dialled),
            tones={webex.address: webex.dtmf_sequence} if webex and webex.dtmf_sequence else {},
            master=systems.get(conference.master_id or 0),
        )
