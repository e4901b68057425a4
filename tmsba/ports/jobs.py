"""What workers claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from tmsba.ports.outbox import JobKind, OutgoingMail


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A due action under a lease."""

    id: int
    conference_id: int
    kind: JobKind
    due_at: datetime
    #: How often it was claimed, this time included; above 1 an earlier try may have reached the bridge.
    attempts: int
    #: Changes whenever somebody asks for the action anew; an old worker cannot finish a new wish.
    generation: int
    #: The request that asked for it, for the logs.
    request_id: str = ""
    #: The bridge that it keeps busy; 0 for none.
    bridge_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceLease:
    """A space that only one job changes."""

    space_id: int
    #: Who holds it: a worker for a job.
    owner: str


class JobQueue(Protocol):
    """The outbox from the workers' side; each call is one unit of work of its own."""

    def claim(
        self,
        owner: str,
        now: datetime,
        until: datetime,
        limit: int,
        *,
        per_bridge: int | None = None,
        busy: Mapping[int, int] = MappingProxyType({}),
    ) -> Sequence[Job]:
        """Lease due jobs nobody holds, oldest first; none is given to two owners.

        Args:
            owner: who.
            now: what is due later is left out.
            until: how long they are leased.
            limit: how many.
            per_bridge: how many jobs the owner does at once on each bridge; ``None`` for any number.
            busy: how many it does already, by the ids of bridges.
        """

    def renew(self, job: Job, owner: str, until: datetime) -> bool:
        """Hold a job longer; ``False`` when it is no longer ours."""

    def finish(self, job: Job, owner: str, now: datetime, *, space: SpaceLease | None = None) -> bool:
        """Mark it done and give the leases back; ``False`` when it is no longer ours or was asked anew."""

    def postpone(self, job: Job, owner: str, until: datetime, error: str) -> bool:
        """Give the lease back; the job is due again at ``until``."""

    def lease_space(self, space_id: int, owner: str, now: datetime, until: datetime) -> bool:
        """Let one job at a time change a space; ``True`` also when it is ours already."""

    def release_space(self, space_id: int, owner: str) -> None:
        """Let others change it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMail:
    """A mail under a lease."""

    id: int
    mail: OutgoingMail
    #: How often it was claimed, this time included.
    attempts: int


class MailQueue(Protocol):
    """Mails to be sent, from the workers' side; each call is one unit of work of its own."""

    def claim(self, owner: str, now: datetime, until: datetime) -> QueuedMail | None:
        """Lease the mail that is due longest and that nobody holds."""

    def drop(self, queued: QueuedMail, owner: str) -> None:
        """Forget a mail that is sent or given up, unless somebody else holds it now."""

    def postpone(
        self, queued: QueuedMail, owner: str, until: datetime, error: str, recipients: Sequence[str]
    ) -> None:
        """Give the lease back; the mail is due again at ``until``, for these recipients."""
