"""Ask a bridge who is in a conference at this moment, for somebody who waits for the answer."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime

from tmsba.cms.client import BridgeClient
from tmsba.cms.model import CallLeg, CallLegStatus
from tmsba.cms.wire.errors import BridgeError, NotFoundOnBridge
from tmsba.control.bridge.clients import ClientFactory
from tmsba.control.meeting.other_nodes import everybody
from tmsba.control.meeting.presence import Sight, booked_parties, see
from tmsba.control.meeting.scene import load_conference, load_scene
from tmsba.domain.conference.live import LiveParticipant, LiveView
from tmsba.ports.live import LiveConference
from tmsba.ports.work import Store

#: After so many seconds nothing more is asked; what is known by then is the answer.
PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Who is there, or why nobody knows."""

    view: LiveView | None = None
    #: How connections are, by the ids of call legs, as far as there was time to ask.
    details: Mapping[str, CallLegStatus] = field(default_factory=dict)
    #: A sentence about what went wrong; blank for nothing.
    trouble: str = ""


def ask_bridge(
    store: Store,
    factory: ClientFactory,
    noted: LiveConference,
    now: datetime,
    *,
    timer: Callable[[], float] = time.monotonic,
) -> Answer:
    """Look at the call of a conference without touching anything, on the bridge or in the store.

    Args:
        store: where the conference is.
        factory: makes a client that does not repeat its requests.
        noted: what the conference has on its bridge.
        now: the present, aware.
        timer: seconds that only go forward.
    """
    conference = load_conference(store, noted.conference_id)
    scene = load_scene(store, conference, noted.bridge_id, noted.space_id, noted.url) if conference else None
    if conference is None or scene is None:
        return Answer(trouble="The bridge or the number is gone.")
    if noted.closed_at is not None or noted.call_id is None:
        return Answer(trouble="There is no call on the bridge.")
    with store.reading() as uow:
        before = uow.live.get(conference.id)
        booked = booked_parties(conference, uow.systems.many(conference.system_ids))
    deadline = timer() + PATIENCE_S
    with closing(factory(scene.bridge, scene.credentials)) as client:
        try:
            legs = client.legs_of_call(noted.call_id)
            others = everybody(client, noted.call_id)
            details = dict(_details(client, legs, lambda: timer() < deadline))
        except NotFoundOnBridge:
            return Answer(trouble="The call is gone from the bridge.")
        except BridgeError as error:
            return Answer(trouble=str(error))
    states = {leg_id: one.state for leg_id, one in details.items()}
    sight = Sight(legs=legs, states=states, dialled=noted.legs).with_others(others)
    seen = see(before, sight, booked, now)
    participants = tuple(_with_start(one, details.get(one.call_leg_id), now) for one in seen)
    view = LiveView(conference_id=conference.id, seen_at=now, participants=participants)
    return Answer(view=view, details=details)


def _details(
    client: BridgeClient, legs: Iterable[CallLeg], has_time: Callable[[], bool]
) -> Iterable[tuple[str, CallLegStatus]]:
    for leg in legs:
        if not has_time():
            return
        try:
            yield leg.id, client.call_leg_status(leg.id)
        except NotFoundOnBridge:
            continue  # gone since the list


def _with_start(one: LiveParticipant, detail: CallLegStatus | None, now: datetime) -> LiveParticipant:
    """With the moment that the bridge tells, for those who had not been seen before."""
    if detail is None or detail.duration is None or one.since != now:
        return one
    return replace(one, since=now - detail.duration)
