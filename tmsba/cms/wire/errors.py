"""What can go wrong between us and a bridge, and the border where httpx errors become ours.

    BridgeError
    ├── BridgeUnreachable    no connection, or it broke        retry
    ├── BridgeTimeout        no answer in time                 retry
    ├── BridgeBusy           503: asked to come back later     retry
    ├── BridgeServerError    any other 5xx                     retry
    ├── CredentialsRefused   401, 403
    ├── NotFoundOnBridge     404, or a "...DoesNotExist" failure
    ├── RequestRefused       400 and the rest of 4xx
    ├── AnswerNotUnderstood  not XML, another document, no Location, a redirect
    ├── BulkSyncFailed       the bridge could not make the spaces
    │   └── BulkSyncConflict another space has one of the numbers
    └── BulkSyncUnfinished   it has not made them yet          retry

Messages are sentences for a person. They name the host, the method and the path, and never a password,
a passcode, a secret or the body of an answer.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import httpx


class BridgeError(Exception):
    """Anything that went wrong with a bridge.

    Args:
        message: One sentence for a person, without secrets.
        is_outcome_unknown: True when a write may or may not have taken effect, so that the caller has to
            look before it repeats the write.
    """

    #: Whether the same request can succeed later without anyone changing anything.
    is_retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, is_outcome_unknown: bool = False) -> None:
        super().__init__(message)
        self.is_outcome_unknown = is_outcome_unknown


class BridgeUnreachable(BridgeError):
    """No connection to the bridge, or the connection broke before the answer was complete."""

    is_retryable = True


class BridgeTimeout(BridgeError):
    """The bridge did not answer in time; for a write `is_outcome_unknown` is True."""

    is_retryable = True


class BridgeBusy(BridgeError):
    """The bridge is temporarily busy (CMS API reference, 4.1).

    Args:
        message: One sentence for a person.
        retry_after_s: Seconds the bridge asks us to wait, when it says so.
    """

    is_retryable = True

    def __init__(self, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BridgeServerError(BridgeError):
    """The bridge, or a proxy before it, failed with a 5xx other than 503."""

    is_retryable = True


class CredentialsRefused(BridgeError):
    """The bridge does not accept the user name and password, or the user may not use the API."""


class RequestRefused(BridgeError):
    """The bridge understood the request and says no.

    Args:
        message: One sentence for a person.
        reasons: The bridge's failure codes, such as `duplicateCoSpaceId` (CMS API reference, 4.6).
    """

    def __init__(self, message: str, *, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.reasons = reasons


class NotFoundOnBridge(BridgeError):
    """The object, or one that the request refers to, does not exist on the bridge.

    Args:
        message: One sentence for a person.
        reasons: The bridge's failure codes, such as `callDoesNotExist` (CMS API reference, 4.6).
    """

    def __init__(self, message: str, *, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.reasons = reasons


class AnswerNotUnderstood(BridgeError):
    """The answer is not what a Meeting Server sends: probably another kind of server."""


#: What some bridges, old ones above all, say to questions whose answer is not needed.
ODD_ANSWERS = (RequestRefused, AnswerNotUnderstood, NotFoundOnBridge)


class BulkSyncFailed(BridgeError):
    """The bridge could not create the numbered spaces; what was there before is still there."""


class BulkSyncConflict(BulkSyncFailed):
    """The bridge could not create the numbered spaces because others have some of the numbers."""


class BulkSyncUnfinished(BridgeError):
    """The bridge is still creating the numbered spaces after the time we were ready to wait."""

    is_retryable = True


@contextmanager
def httpx_border(host: str, *, is_write: bool) -> Iterator[None]:
    """Turn the httpx errors of the enclosed block into bridge errors.

    Args:
        host: The bridge's host and port, for the messages.
        is_write: True for requests that change something, whose outcome a lost answer leaves unknown.

    Raises:
        BridgeUnreachable: No connection, or a broken one.
        BridgeTimeout: No answer in time.
        AnswerNotUnderstood: An answer whose content encoding is broken.
    """
    try:
        yield
    except httpx.HTTPError as error:
        raise _translated(error, host, is_write=is_write) from error


def _translated(error: httpx.HTTPError, host: str, *, is_write: bool) -> BridgeError:
    match error:
        case httpx.ConnectTimeout():
            return BridgeUnreachable(f"The bridge {host} could not be reached: no connection in time.")
        case httpx.PoolTimeout():
            return BridgeTimeout(f"All connections to the bridge {host} were in use for too long.")
        case httpx.TimeoutException():
            message = f"The bridge {host} did not answer in time."
            if is_write:
                message += " Whether it did what was asked is unknown."
            return BridgeTimeout(message, is_outcome_unknown=is_write)
        case httpx.ConnectError():
            return BridgeUnreachable(f"The bridge {host} could not be reached: {_connect_failure(error)}.")
        case httpx.DecodingError():
            return AnswerNotUnderstood(
                f"The answer of the bridge {host} could not be decoded.", is_outcome_unknown=is_write
            )
        case _:
            return BridgeUnreachable(
                f"The connection to the bridge {host} broke before the answer was complete.",
                is_outcome_unknown=is_write,
            )


def _connect_failure(error: BaseException) -> str:
    """Say in words why no connection came about, from the chain of causes that httpx keeps."""
    cause: BaseException | None = error
    while cause is not None:
        match cause:
            case ssl.SSLCertVerificationError():
                return f"its TLS certificate was not accepted ({cause.verify_message})"
            case ssl.SSLError():
                return "the TLS handshake failed; is this the port of the web admin interface?"
            case socket.gaierror():
                return "its name could not be resolved"
            case ConnectionRefusedError():
                return "the connection was refused"
        cause = cause.__cause__ or cause.__context__
    return "no connection could be made"
