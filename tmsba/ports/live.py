"""What conferences have on bridges, and what goes on there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from tmsba.domain.conference.adjusting import Adjusted, Layout
from tmsba.domain.conference.live import ConferenceEvent, LiveView


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLeg:
    """A call leg that we started."""

    remote_party: str
    #: Blank when the bridge will not dial this address, or nobody answered any try.
    call_leg_id: str
    #: When this try began.
    dialled_at: datetime | None = None
    #: How often this participant was dialled.
    attempts: int = 1
    #: Whether somebody has answered: whoever hangs up after that is not dialled again.
    is_connected: bool = False
    #: Whether the id is that of a participant, whom the cluster connects at another node.
    is_participant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftCall:
    """Something that a conference left at an address that did not answer; to be ended when it is back."""

    bridge_id: int
    space_id: int
    #: The address of the node; blank for the bridge's main address.
    url: str
    #: ``None`` when we do not know whether there is a call: the answer to our request was lost.
    call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConference:
    """What a conference has, or may have, on its bridge."""

    conference_id: int
    bridge_id: int
    space_id: int
    #: The address of the node where it is; blank for the bridge's main address.
    url: str = ""
    call_id: str | None = None
    legs: tuple[LiveLeg, ...] = ()
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    #: When the participants were last told that the end is near.
    warned_at: datetime | None = None
    #: How often it was extended because somebody was still connected.
    extensions: int = 0
    #: Since when the address does not answer; ``None`` while it does.
    unreached_since: datetime | None = None
    #: At other addresses, in the order in which they were left.
    left: tuple[LeftCall, ...] = ()
    #: What of its space may differ from a space between meetings; grows until the space is closed.
    adjusted: frozenset[Adjusted] = frozenset()
    #: What those in the call were last told to see; ``None`` for what the bridge's profile says.
    layout: Layout | None = None
    #: Whether somebody ended its call: nobody is dialled, and whoever wants back in dials in.
    is_call_ended: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may have something on its bridge."""
        return self.closed_at is None

    def is_on(self, space_id: int) -> bool:
        """Whether it may have something in this space."""
        return self.is_open and self.space_id == space_id

    def at(self, bridge_id: int, space_id: int, url: str) -> "LiveConference":
        """The note from when it is opened in a space at an address.

        What it may have elsewhere is noted as left there, so that nobody forgets it.
        """
        if (self.bridge_id, self.space_id, self.url) == (bridge_id, space_id, url):
            return replace(self, closed_at=None, unreached_since=None)
        left = (*self.left, self._here()) if self.is_open else self.left
        kept = tuple(one for one in left if (one.space_id, one.url) != (space_id, url))
        is_same_space = self.space_id == space_id
        return LiveConference(
            conference_id=self.conference_id,
            bridge_id=bridge_id,
            space_id=space_id,
            url=url,
            opened_at=self.opened_at if is_same_space else None,
            warned_at=self.warned_at if is_same_space else None,
            extensions=self.extensions if is_same_space else 0,
            adjusted=self.adjusted if is_same_space else frozenset(),
            is_call_ended=self.is_open and self.is_call_ended and is_same_space,
            left=kept,
        )

    def _here(self) -> LeftCall:
        return LeftCall(bridge_id=self.bridge_id, space_id=self.space_id, url=self.url, call_id=self.call_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a launch finds noted."""

    #: About the conference itself.
    own: LiveConference | None
    #: Whether no other conference is open on the space, which stays so under its lease, and none has left
    #: anything behind.
    is_alone: bool


class LiveConferences(Protocol):
    """What is on the bridges as far as we know; each call is one unit of work of its own."""

    def get(self, conference_id: int) -> LiveConference | None: ...
    def around(self, conference_id: int, space_id: int) -> Surroundings:
        """What is noted about a conference, and whether its space holds anything of others."""

    def open_on_space(self, space_id: int, *, besides: int) -> Sequence[LiveConference]:
        """Conferences other than ``besides`` that are not closed on this space."""

    def open_on_bridge(self, bridge_id: int) -> Sequence[LiveConference]:
        """Conferences that are not closed on this bridge."""

    def with_left(self) -> Sequence[LiveConference]:
        """Conferences, closed ones too, that left something at an address that did not answer."""

    def put(self, live: LiveConference, *, before: LiveConference | None = None) -> None:
        """Add or replace; only what is different from ``before``, where that is what is stored."""


class LiveViews(Protocol):
    """Who is in the conferences that are open on bridges, and what happened in them."""

    def get(self, conference_id: int) -> LiveView | None:
        """Who was there at the last look; ``None`` for conferences that nobody looks at."""

    def put(self, view: LiveView) -> None:
        """Replace what was seen before; reasons of call legs that are gone by now are forgotten."""

    def refresh(self, conference_id: int, seen_at: datetime) -> None:
        """Note that the same was seen again."""

    def drop(self, conference_id: int) -> None:
        """Forget what was seen."""

    def tell(self, conference_id: int, events: Sequence[ConferenceEvent]) -> None:
        """Add events; of too many the oldest go."""

    def events(self, conference_id: int) -> Sequence[ConferenceEvent]:
        """What happened in a conference, in the order in which it was told."""

    def conferences_of(
        self, bridge_id: int, call_ids: Collection[str], call_leg_ids: Collection[str]
    ) -> tuple[frozenset[int], Mapping[str, int]]:
        """The open conferences with these calls, and each known call leg with its conference."""

    def put_reasons(self, reasons: Mapping[str, tuple[int, str]]) -> None:
        """Note for call legs their conference and why they ended, for the next look."""

    def reasons(self, conference_id: int) -> Mapping[str, str]:
        """Why call legs of a conference ended, in the bridge's words."""
