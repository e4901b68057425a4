"""What a job has to know before it acts: read once, in one unit of work."""

from collections.abc import Mapping
from dataclasses import dataclass

from tmsba.booking.view.desk import settings_of
from tmsba.cms.meeting import LegOptions
from tmsba.control.bridge.access import BridgeAccess, access_to
from tmsba.control.bridge.call_settings import CallSettings, call_settings, leg_options, webex_options
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials, Space
from tmsba.domain.bridge.health import BridgeAddress
from tmsba.domain.conference.conference import Conference
from tmsba.domain.people.systems import System
from tmsba.domain.routing.connections import Direction, connections, dial_address, webex_call
from tmsba.domain.settings import ConferenceSettings
from tmsba.domain.values import ParticipantKind
from tmsba.ports.work import Store, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A conference with its bridge, its space and the addresses to dial."""

    conference: Conference
    #: With the URL of the node where the conference is.
    bridge: Bridge
    credentials: BridgeCredentials
    space: Space
    #: The administrator's settings as they are now.
    conference_settings: ConferenceSettings
    #: In what the conference differs from others.
    settings: CallSettings
    #: One for each participant whom the bridge dials, in their order; the last one may be WebEx.
    addresses: tuple[str, ...]
    #: The addresses of all participants, also of those whom the bridge does not dial now.
    known_addresses: tuple[str, ...]
    #: How somebody is dialled who differs from others, by address.
    leg_options: Mapping[str, LegOptions]
    #: Which of the bridge's addresses that is; ``None`` for another node of its cluster.
    address: BridgeAddress | None = BridgeAddress.MAIN
    #: The system that starts the conference; ``None`` when there is none.
    master: System | None = None


def load_conference(store: Store, conference_id: int) -> Conference | None:
    """The conference as it is stored now."""
    with store.reading() as uow:
        return uow.conferences.get(conference_id)


def load_scene(store: Store, conference: Conference, bridge_id: int, space_id: int, url: str) -> Scene | None:
    """Everything about a conference on one space; ``None`` when bridge or space are gone.

    Args:
        store: where all is kept.
        conference: the conference.
        bridge_id: its bridge.
        space_id: its space.
        url: the address of the node where it is or will be; blank for the main address.
    """
    with store.reading() as uow:
        bridge = uow.bridges.get(bridge_id)
        return scene_at(uow, conference, access_to(uow, bridge, url), space_id) if bridge else None


def scene_at(uow: UnitOfWork, conference: Conference, access: BridgeAccess, space_id: int) -> Scene | None:
    """The same at a node that is known, within a unit of work."""
    space = uow.bridges.space(space_id)
    if space is None:
        return None
    systems = uow.systems.many(conference.system_ids)
    details, settings = conference.details, settings_of(uow)
    participants = conference.participants
    is_connected = conference.connected_at is not None
    routes = connections(details, participants, systems, is_connected=is_connected)
    dialled = [r.address for r in routes if r.direction is Direction.BRIDGE_DIALS]
    known = {p: address for p in participants if (address := dial_address(p, systems))}
    recorders = {one.id for one in systems.values() if one.is_recorder}
    options = {
        address: leg_options(
            p.kind, details, is_recorder=p.kind is ParticipantKind.SYSTEM and p.id in recorders
        )
        for p, address in known.items()
    }
    addresses = list(known.values())
    webex = webex_call(details)
    if webex:
        addresses.append(webex.address)
        options[webex.address] = webex_options(webex, details)
        if webex.is_dialled or is_connected:
            dialled.append(webex.address)
    return Scene(
        conference=conference,
        bridge=access.bridge,
        credentials=access.credentials,
        address=access.address,
        space=space,
        conference_settings=settings,
        settings=call_settings(details, settings, conference_id=conference.id),
        addresses=tuple(dialled),
        known_addresses=tuple(addresses),
        leg_options=options,
        master=systems.get(conference.master_id or 0),
    )
