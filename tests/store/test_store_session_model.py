"""Clients that come and go beside a plain model of who holds a licence."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fakes import create_caller, create_user
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from store_samples import NOON

from tmsba.booking.clients.admission import admit
from tmsba.domain.errors import ClientSessionExpired, LicenceMissing
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.licensing.sessions import Client
from tmsba.store import SqlStore
from tmsba.store.tables.tables import client_session

MINUTE = timedelta(minutes=1)
KEYS = 2
CALLER = create_caller(create_user(1, name="ann"))


@dataclass
class Player:
    """A client, and what a person with pen and paper would note of it."""

    name: str
    #: Whether it goes on with the id that answers hand out, or waits until its own is refused.
    is_attentive: bool
    session: str = ""
    handed_out: str = ""
    #: When each id was used first.
    first_used: dict[str, datetime] = field(default_factory=dict)
    holds_until: datetime = NOON

    def asks(self, store: SqlStore, now: datetime) -> Exception | None:
        """Call once; what the answer is when it is no success."""
        self.handed_out = ""
        client = Client(version=23, session_id=self.session, on_renewal=self._take)
        try:
            admit(store, lambda: now, CALLER, client)
        except (ClientSessionExpired, LicenceMissing) as refusal:
            return refusal
        return None

    def _take(self, session: str) -> None:
        self.handed_out = session


def call(store: SqlStore, now: datetime, player: Player, others: list[Player]) -> None:
    """One call of a client, repeated with the id that it may be told, and checked against the notes."""
    age = now - player.first_used.get(player.session, now)
    refusal = player.asks(store, now)
    assert isinstance(refusal, ClientSessionExpired) is (age >= 64 * MINUTE)
    if isinstance(refusal, ClientSessionExpired):
        player.session = refusal.suggested_session
        age = now - player.first_used.get(player.session, now)
        refusal = player.asks(store, now)
    is_free = player.holds_until > now or sum(other.holds_until > now for other in others) < KEYS
    assert isinstance(refusal, LicenceMissing) is not is_free
    if refusal:
        return
    assert bool(player.handed_out) is (age >= 47 * MINUTE)
    since = player.first_used.setdefault(player.session, now)
    player.holds_until = max(player.holds_until, since + 64 * MINUTE)
    if player.handed_out and player.is_attentive:
        player.session = player.handed_out


MINUTES = st.sampled_from([0, 0, 1, 5, 16, 17, 30, 47, 64, 90])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 0, 1, 5, 16, 17, 30, 47, 64, 90])), max_size=40)
)
def _play(store: SqlStore, steps: list[tuple[int, int]]) -> None:
    with store.writing() as uow:
        uow.connection.execute(delete(client_session))
        uow.commit()
    now = NOON
    players = [Player(f"client {n}", is_attentive=n % 2 == 0, session=f"client {n}") for n in range(4)]
    for number, minutes in steps:
        now += minutes * MINUTE
        player = players[number]
        call(store, now, player, [other for other in players if other is not player])
        with store.reading() as uow:
            holders = sum(other.holds_until > now for other in players)
            assert uow.sessions.standing("", now).taken == holders <= KEYS


def test_licences_go_from_client_to_client_as_on_paper(store: SqlStore) -> None:
    with store.writing() as uow:
        # Ids that are over are refused for longer than any of the stories lasts.
        uow.settings.put("client_session_memory", "10080")
        uow.option_keys.add(KeyKind.APPLICATION_INTEGRATION, KEYS)
        uow.commit()
    _play(store)
