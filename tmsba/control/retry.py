"""How long to wait before the next try: a pure decision that the worker obeys."""

from datetime import timedelta

#: The longest pause, so that a launch follows soon when a bridge is back.
LONGEST = timedelta(seconds=10)
_SHORTEST = timedelta(seconds=1)


def pause_after(
    attempts: int, chance: float, *, shortest: timedelta = _SHORTEST, longest: timedelta = LONGEST
) -> timedelta:
    """The pause after the given number of tries: doubling, by itself from 1 s to 10 s.

    Args:
        attempts: how many tries have failed, 1 or more.
        chance: a random number in [0, 1) that spreads the tries of many conferences: it shortens the pause
            by up to a quarter.
        shortest: the pause after the first try.
        longest: no pause is longer.
    """
    doublings = min(max(attempts, 1) - 1, 10)
    return min(shortest * (1 << doublings), longest) * (1 - chance / 4)
