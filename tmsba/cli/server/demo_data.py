"""What the demonstration server knows from the start."""

from tmsba.accounts.passwords import hash_password, nt_hash
from tmsba.domain.bridge.bridge import Bridge, BridgeCredentials
from tmsba.domain.licensing.option_keys import KeyKind
from tmsba.domain.people.systems import System
from tmsba.domain.people.users import SITE_ADMINISTRATOR, USERS, User
from tmsba.domain.values import SystemCategory
from tmsba.ports.repeating import write
from tmsba.ports.work import Store, UnitOfWork

#: Public on purpose: the server listens on this computer only.
PASSWORDS = {"admin": "admin-demo", "anna": "anna-demo"}
BRIDGE_USERNAME = "apiuser"
BRIDGE_PASSWORD = "simulated"  # noqa: S105 - as public as the others
#: Of the rooms, and behind the numbers of the simulated bridge.
DOMAIN = "example.com"
#: Each for 25 systems; clients, of which every run of a test may be a new one, take no licences then.
_KEYS = 40

_USERS = (
    (
        User(
            id=0,
            name="admin",
            first_name="Ada",
            last_name="Admin",
            email="admin@example.com",
            time_zone="Europe/Oslo",
        ),
        (USERS, SITE_ADMINISTRATOR),
    ),
    (
        User(
            id=0,
            name="anna",
            first_name="Anna",
            last_name="Example",
            email="anna@example.com",
            time_zone="America/New_York",
        ),
        (USERS,),
    ),
)

_ENDPOINT, _ROOM = SystemCategory.ENDPOINT, SystemCategory.ROOM
_EQUIPMENT, _RECORDING = SystemCategory.EQUIPMENT, SystemCategory.RECORDING
_SYSTEMS = (
    (1, "Oslo Board Room", _ROOM, "oslo.board", "Europe/Oslo"),
    (2, "Oslo Small Room", _ROOM, "oslo.small", "Europe/Oslo"),
    (3, "London Room", _ROOM, "london.room", "Europe/London"),
    (4, "New York Endpoint", _ENDPOINT, "newyork", "America/New_York"),
    (5, "Recorder One", _RECORDING, "recorder1", "Europe/Oslo"),
    (6, "Recorder Two", _RECORDING, "recorder2", "Europe/London"),
    (7, "Document Camera", _EQUIPMENT, "camera", "Europe/Oslo"),
    (8, "Desk of Anna", _ENDPOINT, "anna.desk", "America/New_York"),
    (1009, "Singapore Endpoint", _ENDPOINT, "singapore", "Asia/Singapore"),
)


def seed(store: Store) -> None:
    """Store the demo users, systems and option keys, unless they are there already."""

    def work(uow: UnitOfWork) -> None:
        if uow.users.all():
            return
        for user, groups in _USERS:
            added = uow.users.add(user, hash_password(PASSWORDS[user.name]), groups)
            uow.credentials.set_nt_hash(added.id, nt_hash(PASSWORDS[user.name]))
        for system in demo_systems():
            uow.systems.add(system)
        uow.option_keys.add(KeyKind.BOOKING_API, _KEYS)

    write(store, work)


def demo_systems() -> tuple[System, ...]:
    """The systems of the demonstration: ids 1 to 8, and 1009, which examples for TMS often use."""
    return tuple(
        System(
            id=number,
            name=name,
            category=category,
            sip_uri=f"{address}@{DOMAIN}",
            time_zone=time_zone,
            recording_aliases=_aliases(address) if category is SystemCategory.RECORDING else (),
        )
        for number, name, category, address, time_zone in _SYSTEMS
    )


def _aliases(address: str) -> tuple[str, ...]:
    return (f"{address}.private@{DOMAIN}", f"{address}.public@{DOMAIN}")


def demo_bridge(url: str) -> Bridge:
    """The simulated bridge."""
    return Bridge(
        id=0,
        name="Simulated bridge",
        url=url,
        domain=DOMAIN,
        numeric_id_base=990_400,
        numeric_id_quantity=100,
        web_bridge_uri="https://join.example.com",
    )


def demo_credentials() -> BridgeCredentials:
    """How to log in on it."""
    return BridgeCredentials(username=BRIDGE_USERNAME, password=BRIDGE_PASSWORD)
