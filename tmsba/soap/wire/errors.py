"""Errors of the wire itself: requests that cannot be read, operations that are not there.

The guide has no codes for them, so they carry UNKNOWN.
"""

from tmsba.domain.errors import UnknownError


class BadRequest(UnknownError):
    """A request is no SOAP request of this service; the message says what to change."""


class NotOffered(UnknownError):
    """An operation of the contract that this server does not have."""

    is_callers_fault = False

    def __init__(self, operation: str) -> None:
        super().__init__("This server does not offer {operation} yet.", operation=operation)
        self.operation = operation


class ServerFailure(UnknownError):
    """A mistake of this server, whose reason is for its log only."""

    is_callers_fault = False

    def __init__(self, request_id: str) -> None:
        super().__init__(
            "The server failed to answer. Its log tells the reason under the request id {request}.",
            request=request_id,
        )
