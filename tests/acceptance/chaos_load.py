"""People who book, change, extend, end and delete all the time, while things break."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chaos_house import ChaosHouse, now
from fakes import create_caller, create_client, dial_out

from tmsba.booking.api import Booking
from tmsba.domain.conference.conference import Conference
from tmsba.domain.conference.request import ConferenceRequest
from tmsba.domain.errors import TmsbaError
from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS, User
from tmsba.domain.values import BookingMode
from tmsba.mail.conference_mail import ConferenceTexts

SECOND = timedelta(seconds=1)
_CALLER = create_caller(User(id=1, name="ann"), groups=(USERS, SITE_ADMINISTRATOR))
_CLIENT = create_client(version=23, session_id="chaos")


@dataclass
class Booked:
    """A conference of ours."""

    id: int
    at: datetime
    start: datetime
    end: datetime
    parties: tuple[str, ...]
    version: int


@dataclass
class ChaosLoad:
    """Does one thing after another by chance.

    Attributes:
        house: what breaks.
        chance: says what, whom and when.
        most: conferences that are not over, at once.
    """

    house: ChaosHouse
    chance: random.Random
    most: int = 16
    booked: dict[int, Booked] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._booking = Booking(store=self.house.store, clock=now, renderer=ConferenceTexts())
        self._kill_at = self._fall_at = now()

    def run(self, seconds: float) -> None:
        """Book and break for a while."""
        until = now() + timedelta(seconds=seconds)
        self._kill_at, self._fall_at = now() + 2 * SECOND, now() + 4 * SECOND
        while now() < until:
            self._people()
            self._fate()
            for bridge in self.house.bridges:
                bridge.watch()
            time.sleep(self.chance.uniform(0.05, 0.3))

    def _people(self) -> None:
        going = [one for one in self.booked.values() if one.end > now() + SECOND]
        acts: list[Callable[[], None]] = []
        if len(going) < self.most:
            acts += [self._book] * 4
        if going:
            one = self.chance.choice(going)
            acts += [lambda: self._extend(one), lambda: self._invite(one), lambda: self._end(one)]
            acts += [lambda: self._uninvite(one)]
        act = self.chance.choice(acts)
        try:
            act()
        except TmsbaError as error:
            # Too late for that, or no number is free.
            self._count(type(error).__name__)

    def _fate(self) -> None:
        if now() >= self._kill_at:
            self.house.kill_worker(self.chance.randrange(len(self.house.workers)))
            self._kill_at = now() + self.chance.uniform(2, 5) * SECOND
            self._count("workers killed")
        if now() >= self._fall_at:
            self.chance.choice(self.house.bridges).fall(self.chance.uniform(0.5, 2.5))
            self._fall_at = now() + self.chance.uniform(6, 10) * SECOND
            self._count("bridges restarted")

    def _book(self) -> None:
        start = now().replace(microsecond=0) + self.chance.randrange(4) * SECOND
        # Some are over soon, others outlast everything.
        end = start + self.chance.choice([3, 6, 9, 12, 3600]) * SECOND
        number = len(self.booked)
        parties = tuple(f"guest{number}-{n}@example.com" for n in range(self.chance.randrange(1, 4)))
        saved = self._save(ConferenceRequest(title=f"Meeting {number}", start=start, end=end), parties)
        self.booked[saved.id] = Booked(saved.id, now(), start, end, parties, saved.version)
        self._count("booked")

    def _extend(self, one: Booked) -> None:
        end = one.end + self.chance.randrange(2, 8) * SECOND
        self._change(one, ConferenceRequest(end=end), None)
        one.end = end
        self._count("extended")

    def _invite(self, one: Booked) -> None:
        parties = (*one.parties, f"late{self.chance.getrandbits(40)}@example.com")
        self._change(one, ConferenceRequest(), parties)
        self._count("invited")

    def _uninvite(self, one: Booked) -> None:
        if len(one.parties) > 1:
            self._change(one, ConferenceRequest(), one.parties[1:])
            self._count("uninvited")

    def _end(self, one: Booked) -> None:
        self._booking.delete_conference(_CALLER, _CLIENT, one.id)
        one.end = now()
        self._count("ended or deleted")

    def _change(self, one: Booked, request: ConferenceRequest, parties: tuple[str, ...] | None) -> None:
        saved = self._save(replace(request, id=one.id, version=one.version), parties)
        one.version, one.parties = saved.version, one.parties if parties is None else parties

    def _save(self, request: ConferenceRequest, parties: tuple[str, ...] | None) -> Conference:
        invited = None if parties is None else tuple(dial_out(party) for party in parties)
        request = replace(request, participants=invited)
        return self._booking.save_conference(_CALLER, _CLIENT, request, BookingMode.STRICT).conference

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1
