"""Where bridges post their call detail records: one path for each bridge, which nobody can guess.

Bridges cannot log in anywhere, so the path is what they are known by. It follows from the secret key and
the bridge's id: nothing is stored, and all hosts know the same paths.

Source: CMS API reference, 10.4.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog

from tmsba.booking.clients.call_records import CallRecords
from tmsba.cms.call_records import BridgeRecord, read_records
from tmsba.cms.wire.errors import AnswerNotUnderstood
from tmsba.domain.bridge.call_records import CallRecord
from tmsba.domain.errors import TmsbaError
from tmsba.wsgi.http import Environ, StartResponse, WsgiApp, send_text

log = structlog.get_logger(__name__)

#: The path to log instead of the one that was asked for.
LOGGED_PATH = "tmsba.logged_path"

#: The longest text that is taken; a bridge sends a few records at once, of less than a kilobyte each.
_MOST_BYTES = 1024 * 1024
_MOST_RECORDS = 2000
_TOKEN_BYTES = 20


@dataclass(frozen=True, slots=True)
class ReceiverPaths:
    """The paths of the bridges.

    Attributes:
        root: the path that all begin with, such as ``/cdr``.
        key: what the paths are made with, 32 bytes.
    """

    root: str
    key: bytes = field(repr=False)

    def path(self, bridge_id: int) -> str:
        """Where this bridge posts its records."""
        return f"{self.prefix(bridge_id)}{self._token(bridge_id)}"

    def prefix(self, bridge_id: int) -> str:
        """What its path begins with, whatever the key is."""
        return f"{self.root}/{bridge_id}-"

    def is_below(self, path: str) -> bool:
        """Whether a path may be that of a bridge."""
        return path.lower().startswith(f"{self.root.lower()}/")

    def bridge_id(self, path: str) -> int | None:
        """The bridge that has this path; ``None`` for none."""
        number, dash, token = path[len(self.root) + 1 :].partition("-")
        if not (dash and number.isascii() and number.isdigit() and len(number) < 10 and token.isascii()):
            return None
        is_it = hmac.compare_digest(token.lower(), self._token(int(number)))
        return int(number) if is_it else None

    def _token(self, bridge_id: int) -> str:
        digest = hmac.new(self.key, b"bridge %d" % bridge_id, hashlib.sha256).digest()
        return digest[:_TOKEN_BYTES].hex()


class CallRecordReceiver:
    """WSGI application for the paths of the bridges; everything else goes on to ``otherwise``."""

    def __init__(self, records: CallRecords, paths: ReceiverPaths, otherwise: WsgiApp) -> None:
        self._records = records
        self._paths = paths
        self._otherwise = otherwise

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Take in what a bridge posts."""
        path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"
        if not self._paths.is_below(path):
            return self._otherwise(environ, start_response)
        environ[LOGGED_PATH] = f"{self._paths.root}/..."
        bridge_id = self._paths.bridge_id(path)
        if bridge_id is None:
            return send_text(start_response, 404, "Nothing is here.")
        if environ["REQUEST_METHOD"] != "POST":
            return send_text(start_response, 405, "Only POST is possible here.", [("Allow", "POST")])
        body = environ["wsgi.input"].read(_MOST_BYTES + 1)
        if len(body) > _MOST_BYTES:
            return send_text(start_response, 413, f"At most {_MOST_BYTES} bytes are taken at once.")
        status, sentence = self._take(bridge_id, body)
        return send_text(start_response, status, sentence)

    def _take(self, bridge_id: int, body: bytes) -> tuple[int, str]:
        try:
            sent = read_records(body)
        except AnswerNotUnderstood:
            return 400, "These are no call detail records."
        if not sent.session or len(sent.records) > _MOST_RECORDS:
            return 400, "These are no call detail records of one session, or too many at once."
        try:
            taken = self._records.take(bridge_id, sent.session, [_translated(one) for one in sent.records])
        except TmsbaError as error:
            # Whatever is not acknowledged is sent again.
            return 503, error.message
        if taken is None:
            return 404, "Nothing is here."
        write = log.warning if taken.missing else log.info if taken.conferences else log.debug
        write(
            "call_records_taken",
            bridge_id=bridge_id,
            received=taken.received,
            duplicates=taken.duplicates,
            missing=taken.missing,
            conferences=taken.conferences,
        )
        return 200, "ok"


def _translated(record: BridgeRecord) -> CallRecord:
    return CallRecord(
        kind=record.kind.lower(),
        index=record.index,
        correlator=record.correlator,
        call_id=record.call_id,
        call_leg_id=record.call_leg_id,
        reason=record.reason or "",
    )
