"""What became, or would become, of conferences that have to leave their bridge or number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tmsba.booking.route.other_bridges import Place
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.decision import Decision


@dataclass(frozen=True, slots=True)
class Moved:
    """One conference that has, or would have, another bridge; or why it stays."""

    before: Conference
    place: Place
    decision: Decision | None = None

    @property
    def is_visible(self) -> bool:
        """Whether those who join have to know: the address or the page is another one."""
        old, new = self.before.route, self.place
        if isinstance(new, str) or old is None:
            return False
        return (old.join_uri, old.join_url) != (new.join_uri, new.join_url)

    def after(self, version: int) -> Conference:
        """The conference at its new place; what clients can see makes it another version."""
        if isinstance(self.place, str):
            return self.before
        changed = replace(self.before, route=self.place, decision=self.decision)
        return replace(changed, version=version) if self.is_visible else changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """What would become of one conference, or of the dates of a series."""

    moved: Sequence[Moved]
    #: How many were looked at by now, and of how many.
    count: int
    total: int
