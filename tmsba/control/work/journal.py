"""What happened in a conference, noted for people to read."""

from collections.abc import Sequence

from tmsba.domain.conference.live import ConferenceEvent, EventKind
from tmsba.domain.people.audit import printable
from tmsba.ports.repeating import write
from tmsba.ports.work import Clock, Store


def tell(store: Store, clock: Clock, conference_id: int, *happened: tuple[EventKind, str]) -> None:
    """Note that something happened now; texts are made printable."""
    now = clock()
    events: Sequence[ConferenceEvent] = [
        ConferenceEvent(at=now, kind=kind, text=printable(text)) for kind, text in happened
    ]
    if events:
        write(store, lambda uow: uow.live.tell(conference_id, events))
