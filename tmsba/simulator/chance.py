"""Identifiers and secrets, the same ones again for the same seed."""

import random
import uuid


class Chance:
    """What real bridges leave to chance.

    Args:
        seed: Makes everything repeatable; None for a different run each time.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed
        self._random = self.stream("objects")

    def stream(self, purpose: str) -> random.Random:
        """Return a source of its own for one purpose, so that its use does not shift the others."""
        return random.Random(None if self.seed is None else f"{self.seed}/{purpose}")  # noqa: S311 - no secrets

    def new_id(self) -> str:
        """Make an object identifier (a GUID)."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def new_secret(self) -> str:
        """Make the security string of a space."""
        return f"{self._random.getrandbits(128):032x}"

    def call_id(self) -> str:
        """Make a numeric ID of nine digits."""
        return f"{self._random.randrange(10**9):09d}"
