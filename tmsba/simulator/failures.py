"""Refusals, with the reason codes of CMS API reference, 4.6."""

from collections.abc import Mapping, Sequence

Reason = tuple[str, Mapping[str, str]]


class ApiError(Exception):
    """A request the bridge refuses.

    Args:
        status: The HTTP status of the answer.
        reasons: Reason codes with their attributes, as listed inside ``failureDetails``.
    """

    def __init__(self, status: int, reasons: Sequence[Reason]) -> None:
        super().__init__(", ".join(code for code, _ in reasons))
        self.status = status
        self.reasons = list(reasons)


def refused(reason: str) -> ApiError:
    """Make a 400 answer with one reason code."""
    return ApiError(400, [(reason, {})])


def missing_object(reason: str) -> ApiError:
    """Make a 404 answer with one reason code (CMS API reference, 4.1)."""
    return ApiError(404, [(reason, {})])


def parameter_errors(errors: Sequence[tuple[str, str]]) -> ApiError:
    """Make a 400 answer that names each bad parameter and what is wrong with it.

    Args:
        errors: Pairs of parameter name and error word.
    """
    return ApiError(400, [("parameterError", {"parameter": name, "error": word}) for name, word in errors])


def parameter_error(parameter: str, error: str) -> ApiError:
    """Make a 400 answer for one bad parameter."""
    return parameter_errors([(parameter, error)])
