"""Option keys, which the administrator adds, and the licences that they make.

Source: TMSBA guide, Licensing Requirements and Per System Licensing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

#: How many systems may be booked with one key of the kinds that count systems.
SYSTEMS_PER_KEY = 25


class KeyKind(StrEnum):
    """What an option key is for, as the command line writes it."""

    #: One client of the API, whatever it books.
    APPLICATION_INTEGRATION = "application-integration"
    BOOKING_API = "booking-api"
    EXCHANGE = "exchange"
    LOTUS_NOTES = "lotus-notes"

    def licences(self, keys: int) -> int:
        """How many clients or systems so many keys of this kind allow."""
        return keys if self is KeyKind.APPLICATION_INTEGRATION else keys * SYSTEMS_PER_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Licences:
    """What the option keys allow."""

    #: Clients that may book at the same time.
    for_clients: int = 0
    #: Systems that may be booked; they mean nothing beside licences for clients.
    for_systems: int = 0

    @classmethod
    def of(cls, keys: Mapping[str, int]) -> "Licences":
        """The licences of all option keys, given the number of keys of each kind."""
        allowed = {kind: kind.licences(keys.get(kind, 0)) for kind in KeyKind}
        for_clients = allowed.pop(KeyKind.APPLICATION_INTEGRATION)
        return cls(for_clients=for_clients, for_systems=sum(allowed.values()))

    @property
    def are_none(self) -> bool:
        """Whether nobody may book."""
        return not (self.for_clients or self.for_systems)

    @property
    def are_of_clients(self) -> bool:
        """Whether clients take the licences, and not systems."""
        return self.for_clients > 0
