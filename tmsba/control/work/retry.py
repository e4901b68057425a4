"""How long to wait before the next try: a pure decision that the worker obeys."""

from datetime import timedelta

#: The longest pause, so that a launch follows soon when a bridge is back.
LONGEST = timedelta(seconds=10)
_SHORTEST = timedelta(seconds=1)
#: The longest pause that a bridge can ask for: the conference has a start.
LONGEST_ASKED = timedelta(minutes=1)


def pause_after(
    attempts: int,
    chance: float,
    *,
    shortest: timedelta = _SHORTEST,
    longest: timedelta = LONGEST,
    asked: timedelta = timedelta(),
) -> timedelta:
    """The pause after the given number of tries: doubling, by itself from 1 s to 10 s.

    Args:
        attempts: how many tries have failed, 1 or more.
        chance: a random number in [0, 1) that spreads the tries of many conferences: it shortens the pause
            by up to a quarter.
        shortest: the pause after the first try.
        longest: no pause of ours is longer.
        asked: the pause that the other side asked for. It is kept up to a minute, and chance only lengthens
            it, by up to a quarter.
    """
    doublings = min(max(attempts, 1) - 1, 10)
    ours = min(shortest * (1 << doublings), longest) * (1 - chance / 4)
    return max(ours, min(asked, LONGEST_ASKED) * (1 + chance / 4))
