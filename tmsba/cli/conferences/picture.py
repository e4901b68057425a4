"""What is known of a conference at one moment, for ``tmsba conference show``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tmsba.cli.common.problems import Problem
from tmsba.cli.common.session import Session
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.live import ConferenceEvent, LiveParticipant, LiveView
from tmsba.domain.values import ConferenceStatus

if TYPE_CHECKING:
    from tmsba.cms.model import CallLegStatus
    from tmsba.control.meeting.presence import BookedParty
    from tmsba.ports.live import LiveConference


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is known of a conference at one moment."""

    conference: Conference
    at: datetime
    noted: "LiveConference | None"
    #: The name of the bridge where it is, was or will be; blank for none.
    bridge: str
    view: LiveView | None
    absent: "tuple[BookedParty, ...]"
    events: tuple[ConferenceEvent, ...]
    #: Whether the bridge itself was asked.
    is_live: bool
    details: "Mapping[str, CallLegStatus]" = field(default_factory=dict)
    trouble: str = ""

    @property
    def status(self) -> ConferenceStatus:
        """The conference's by the clock."""
        return self.conference.status(self.at)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        is_open = self.noted is not None and self.noted.closed_at is None
        return self.status not in (ConferenceStatus.PENDING, ConferenceStatus.ONGOING) and not is_open

    @property
    def is_old(self) -> bool:
        """Whether nobody looks at it any more."""
        return self.view is not None and self.view.expires_at <= self.at


def take_picture(session: Session, conference_id: int, *, is_live: bool) -> Picture:
    """Read it from the store, and where ``is_live`` ask the bridge who is there.

    Raises:
        Problem: there is no such conference.
    """
    from tmsba.app import quick_bridge_clients, utc_now
    from tmsba.control.care.asking import Answer, ask_bridge
    from tmsba.control.meeting.presence import booked_parties
    from tmsba.store.outbox.jobs import SqlLiveConferences

    now = utc_now()
    noted = SqlLiveConferences(session.store).get(conference_id)
    with session.store.reading() as uow:
        conference = uow.conferences.get(conference_id)
        if conference is None:
            raise Problem(f"There is no conference with id {conference_id}.")
        bridge_id = noted.bridge_id if noted else conference.route.bridge_id if conference.route else 0
        bridge = uow.bridges.get(bridge_id)
        booked = booked_parties(conference, uow.systems.many(conference.system_ids))
        events = tuple(uow.live.events(conference_id))
        answer = Answer(view=uow.live.get(conference_id))
    if is_live:
        nothing = Answer(trouble="The conference is not on a bridge.")
        answer = ask_bridge(session.store, quick_bridge_clients(), noted, now) if noted else nothing
    there = answer.view.participants if answer.view else ()
    is_open = noted is not None and noted.opened_at is not None and noted.closed_at is None
    known = {(one.system_id, one.number) for one in there if one.is_booked}
    return Picture(
        conference=conference,
        at=now,
        noted=noted,
        bridge=bridge.name if bridge else "",
        view=answer.view,
        absent=tuple(one for one in booked if is_open and (one.system_id, one.number) not in known),
        events=events,
        is_live=is_live,
        details=answer.details,
        trouble=answer.trouble,
    )


def values(picture: Picture) -> dict[str, Any]:
    """Everything, for programs; times are texts in UTC."""
    conference, noted, view = picture.conference, picture.noted, picture.view
    route = conference.route
    return {
        "id": conference.id,
        "title": conference.details.title,
        "status": picture.status.value,
        "start": _iso(conference.period.start),
        "end": _iso(conference.period.end),
        "bridge": picture.bridge,
        "number": route.number if route else None,
        "join_uri": route.join_uri if route else "",
        "call_id": noted.call_id if noted else None,
        "opened_at": _iso(noted.opened_at) if noted else None,
        "closed_at": _iso(noted.closed_at) if noted else None,
        "extensions": noted.extensions if noted else 0,
        "source": "bridge" if picture.is_live else "store",
        "seen_at": _iso(view.seen_at) if view else None,
        "is_current": view is not None and not picture.is_old,
        "trouble": picture.trouble,
        "participants": [_participant_values(picture, one) for one in (view.participants if view else ())],
        "absent": [
            {"name": one.name, "system_id": one.system_id, "number": one.number} for one in picture.absent
        ],
        "events": [{"at": _iso(one.at), "kind": one.kind.value, "text": one.text} for one in picture.events],
    }


def _participant_values(picture: Picture, one: LiveParticipant) -> dict[str, Any]:
    detail = picture.details.get(one.call_leg_id)
    return {
        "name": one.name,
        "address": one.address,
        "state": one.state,
        "since": _iso(one.since),
        "is_booked": one.is_booked,
        "system_id": one.system_id,
        "number": one.number,
        "call_leg_id": one.call_leg_id,
        "is_incoming": detail.is_incoming if detail else None,
        "is_audio_muted": detail.is_audio_muted if detail else None,
        "is_video_muted": detail.is_video_muted if detail else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
