"""How long to wait before the next try: a pure decision that the worker obeys."""

from datetime import timedelta

#: The longest pause, so that a launch follows soon when a bridge is back.
LONGEST = timedelta(seconds=10)
_SHORTEST = timedelta(seconds=1)


def pause_after(attempts: int, chance: float) -> timedelta:
    """The pause after the given number of tries: doubling from 1 s to 10 s, shortened by up to a quarter.

    Args:
        attempts: how many tries have failed, 1 or more.
        chance: a random number in [0, 1) that spreads the tries of many conferences.
    """
    doublings = min(max(attempts, 1) - 1, 10)
    return min(_SHORTEST * (1 << doublings), LONGEST) * (1 - chance / 4)
