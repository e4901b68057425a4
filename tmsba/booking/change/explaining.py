"""How conferences are routed, and why: what was decided, what would be, and what a request would lead to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tmsba.booking.request.intent import Saving, check_offered
from tmsba.booking.request.lookup import found
from tmsba.booking.request.webex import prepared
from tmsba.booking.route.decisions import Decider
from tmsba.booking.route.space_routes import find_routes
from tmsba.booking.save.saving import save
from tmsba.booking.view.desk import Desk, settings_of
from tmsba.domain.bridge.bridge import Bridge
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.decision import Decision
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.conference.series import Series
from tmsba.domain.licensing.option_keys import Licences
from tmsba.domain.licensing.sessions import Client
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import Caller
from tmsba.domain.values import BookingMode, ConferenceStatus, StoredState
from tmsba.ports.repeating import rehearse
from tmsba.ports.work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A conference with how it was routed, and what is needed to tell it."""

    conference: Conference
    status: ConferenceStatus
    #: ``None`` when none was kept.
    decision: Decision | None
    #: What would be decided if it were booked anew; ``None`` when nobody asked.
    now: Decision | None = None
    #: Those that take part, by id.
    systems: Mapping[int, System]
    #: The bridge that it holds a number on.
    bridge: Bridge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explaining(Desk):
    """The use cases that explain the routing engine to administrators."""

    def explain(self, conference_id: int, *, is_now_asked: bool = False) -> Explained:
        """How a stored conference was routed when it was last saved.

        Args:
            conference_id: a single conference, or one date of a series.
            is_now_asked: whether to decide anew besides, with bridges, systems and settings as they are now.

        Raises:
            ConferenceNotFound: there is none with this id.
        """
        with self.store.reading() as uow:
            conference = found(uow, conference_id)
            decision = uow.conferences.decision(conference_id)
            now = self._decided_anew(uow, conference) if is_now_asked else None
            return replace(self._explained(uow, conference), decision=decision, now=now)

    def rehearse(self, caller: Caller, request: ConferenceRequest, client: Client) -> Sequence[Explained]:
        """What a save would lead to: it is carried out in the mode BestEffortForced, and taken back.

        Args:
            caller: who would save.
            request: what would be saved.
            client: who would send it.

        Returns:
            The conference, or one date of a series for each decision.

        Raises:
            TmsbaError: what a save raises in either mode.
        """
        check_offered(request)

        def work(uow: UnitOfWork) -> Sequence[Explained]:
            settings = settings_of(uow)
            saving = Saving(
                caller=caller,
                client=client,
                request=prepared(uow, client, settings, request),
                mode=BookingMode.BEST_EFFORT_FORCED,
                now=self.clock(),
                settings=settings,
                licences=Licences.of(uow.option_keys.all()),
            )
            saved = save(uow, saving)
            dates = saved.occurrences if isinstance(saved, Series) else [saved]
            # Dates that were decided together share one decision, as one object.
            first_of = {id(date.decision): date for date in reversed(dates) if date.decision}
            firsts = sorted(first_of.values(), key=lambda date: date.period.start)
            return [self._explained(uow, date) for date in firsts]

        return rehearse(self.store, work)

    def _explained(self, uow: UnitOfWork, conference: Conference) -> Explained:
        route = conference.route
        return Explained(
            conference=conference,
            status=conference.status(self.clock()),
            decision=conference.decision,
            systems=uow.systems.many(conference.system_ids),
            bridge=uow.bridges.get(route.bridge_id) if route else None,
        )

    def _decided_anew(self, uow: UnitOfWork, conference: Conference) -> Decision:
        """As if it were not booked yet; what it holds is nothing against it."""
        now = self.clock()
        decider = Decider(uow, uow.systems.many(conference.system_ids), settings_of(uow), now)
        anew = replace(conference, route=None, state=StoredState.BOOKED)
        if not decider.needs_bridge(anew):
            return decider.decision(anew, None)
        before = {conference.id: conference}
        [routing] = find_routes(
            uow, [anew], before, ongoing=(), outlook=decider.outlook, zone_of=decider.zone_of
        )
        return decider.decision(anew, routing)
