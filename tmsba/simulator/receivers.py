"""Those who receive call detail records: one thread each, in order, again until they are acknowledged."""

import copy
import threading
from collections import deque
from collections.abc import Callable, Mapping

from lxml import etree

from tmsba.simulator.records import Record

KEPT = 2000
_BATCH = 20
_TIMEOUT_SECONDS = 10.0
_LONGEST_RETRY_SECONDS = 30.0

_Entry = tuple["etree._Element", Mapping[str, str]]  # noqa: SLF001 - a type without another name


class Receiver(Record):
    """Somebody who is sent call detail records (CMS API reference, 10.4).

    Args:
        identifier: The identifier of this receiver.
        retry_seconds: How long to wait after the first failure; doubled each time.
    """

    def __init__(self, identifier: str, *, retry_seconds: float) -> None:
        super().__init__(identifier)
        self.trouble: Callable[[bool], None] = lambda _failing: None
        self.sent = 0
        self._retry_seconds = retry_seconds
        self._changed = threading.Condition()
        self._waiting: deque[_Entry] = deque()
        self._under_way: list[_Entry] = []
        self._missing = 0
        self._index = 0
        self._run_number = 0
        self._running = False

    @property
    def uri(self) -> str:
        """Where records are sent to; blank for nowhere."""
        return self.values.get("uri", "")

    @property
    def pending(self) -> int:
        """How many records were not acknowledged yet."""
        with self._changed:
            return len(self._waiting) + len(self._under_way)

    def redirect(self, uri: str) -> None:
        """Send records elsewhere from now on; what was meant for the old place is dropped."""
        with self._changed:
            if uri != self.uri:
                self._drop()
            self.change({"uri": uri})
            self._changed.notify_all()

    def take(self, record: "etree._Element", attributes: Mapping[str, str]) -> None:
        """Queue a record; the oldest is dropped when too many wait."""
        with self._changed:
            if len(self._waiting) >= KEPT:
                self._waiting.popleft()
                self._missing += 1
            self._waiting.append((copy.deepcopy(record), attributes))
            self._changed.notify_all()

    def forget(self) -> None:
        """Drop what was not sent and count from one again."""
        with self._changed:
            self._drop()

    def start(self) -> None:
        """Begin to send in a thread."""
        with self._changed:
            if self._running:
                return
            self._running = True
            self._run_number += 1
            number = self._run_number
        threading.Thread(target=self._run, args=(number,), name="simulator-cdr", daemon=True).start()

    def stop(self) -> None:
        """Stop sending; what was not sent is kept."""
        with self._changed:
            self._running = False
            self._changed.notify_all()

    def _drop(self) -> None:
        self._waiting.clear()
        self._under_way = []
        self._missing = self._index = 0

    def _goes_on(self, number: int) -> bool:
        return self._running and self._run_number == number

    def _run(self, number: int) -> None:
        # Imported here, since most simulators never send a record.
        import httpx

        wait = self._retry_seconds
        with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            while batch := self._next(number):
                uri, body, entries = batch
                try:
                    sent = (
                        client.post(uri, content=body, headers={"Content-Type": "text/xml"}).status_code
                        == 200
                    )
                except (httpx.HTTPError, httpx.InvalidURL):
                    sent = False
                self._settle(entries, sent=sent)
                self.trouble(not sent)
                if sent:
                    wait = self._retry_seconds
                else:
                    with self._changed:
                        self._changed.wait_for(lambda: not self._goes_on(number), wait)
                    wait = min(wait * 2, _LONGEST_RETRY_SECONDS)

    def _next(self, number: int) -> tuple[str, bytes, list[_Entry]] | None:
        """Wait for records and return them with the address; None when it is time to stop."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._goes_on(number) or (self.uri and (self._waiting or self._under_way))
            )
            if not self._goes_on(number):
                return None
            if not self._under_way:
                self._begin()
            root = etree.Element("records", dict(self._under_way[0][1]))
            root.extend(copy.deepcopy(record) for record, _ in self._under_way)
            body = b'<?xml version="1.0"?>\n' + etree.tostring(root, encoding="utf-8")
            return self.uri, body, self._under_way

    def _begin(self) -> None:
        """Take the next records under way; from now on they keep their numbers."""
        attributes = self._waiting[0][1]
        while self._waiting and len(self._under_way) < _BATCH and self._waiting[0][1] == attributes:
            record, _ = self._waiting.popleft()
            self._index += 1
            record.set("recordIndex", str(self._index))
            if self._missing:
                record.set("numPreceedingRecordsMissing", str(self._missing))
                self._missing = 0
            self._under_way.append((record, attributes))

    def _settle(self, entries: list[_Entry], *, sent: bool) -> None:
        with self._changed:
            if sent:
                self.sent += len(entries)
                # Unless they were dropped meanwhile.
                if self._under_way is entries:
                    self._under_way = []
