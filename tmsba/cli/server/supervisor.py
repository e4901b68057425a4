"""A small supervisor: starts the server's processes, restarts what may be restarted, and stops them all.

Each child leads a process group of its own, so that Ctrl-C in a terminal reaches the supervisor alone, and
inherits a pipe whose end-of-file tells it that the supervisor is gone, even after ``kill -9``.
"""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import IO, Self

import structlog

from tmsba.cli.server.lifetime import ALIVE_OPTION

log = structlog.get_logger(__name__)

#: -P: a folder named tmsba in the working directory must not win over the installed package.
_PROGRAM = (sys.executable, "-P", "-m", "tmsba")
_TICK_S = 0.2
#: A child that lived this long has recovered: the next pause is the shortest again.
_HEALTHY_S = 60.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
#: How long children may take to stop: the web server lets requests end on SIGTERM, but not on Ctrl-C.
_GRACE_S: dict[int, float] = {signal.SIGTERM: 40.0, signal.SIGINT: 5.0}


@dataclass(slots=True)
class Child:
    """A process of the server: ``tmsba`` with these arguments."""

    name: str
    arguments: Sequence[str]
    #: The server stops when it ends; others are started again.
    is_vital: bool = False
    #: Stops after the others, which may still need it.
    is_last: bool = False
    pass_fds: tuple[int, ...] = ()
    stdout: int | None = None
    process: "subprocess.Popen[str] | None" = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    pause_s: float = field(default=0.0, init=False)

    @property
    def status(self) -> int | None:
        """How it ended; ``None`` while it runs."""
        return self.process.poll() if self.process else None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    @property
    def output(self) -> IO[str]:
        """What it prints, when its output was asked for."""
        if self.process is None or self.process.stdout is None:
            raise RuntimeError(f"the output of {self.name} was not asked for")
        return self.process.stdout


class Supervisor:
    """Starts children and looks after them; use it as a context manager.

    Args:
        environment: what the children get besides the variables of this process; ours replace all others
            that begin with ``TMSBA_``.
        program: what runs a child's arguments.
    """

    def __init__(self, environment: Mapping[str, str], program: Sequence[str] = _PROGRAM) -> None:
        self._program = program
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("TMSBA_")}
        self._environment = {**inherited, **environment}
        self._alive_out, self._alive_in = os.pipe()
        self._children: list[Child] = []
        self._events: queue.SimpleQueue[int] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_all(signal.SIGTERM if error is None else signal.SIGINT)
        os.close(self._alive_out)
        os.close(self._alive_in)

    def start(self, child: Child) -> Child:
        """Start a child, and look after it from now on."""
        command = [*self._program, *child.arguments, ALIVE_OPTION, str(self._alive_out)]
        child.process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            env=self._environment,
            pass_fds=(self._alive_out, *child.pass_fds),
            process_group=0,
            stdin=subprocess.DEVNULL,
            stdout=child.stdout,
            text=True,
        )
        child.started_at = time.monotonic()
        if child not in self._children:
            self._children.append(child)
        log.debug("child_started", child=child.name, child_pid=child.process.pid)
        return child

    def run(self, on_tick: Callable[[], None]) -> int:
        """Look after the children until a signal comes or the vital one ends.

        Args:
            on_tick: is called a few times a second.

        Returns:
            The exit status of the vital child; 0 when it ended because it was told to.
        """
        for handled in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(handled, self._note)
        while True:
            number = self._next_event()
            if number in _GRACE_S:
                return self._stop_all(number)
            for child in self._children:
                if child.is_running:
                    continue
                if child.is_vital:
                    log.error("child_ended", child=child.name, status=child.status)
                    return _exit_status(child.status)
                self._revive(child)
            on_tick()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._events.put(number)

    def _next_event(self) -> int:
        try:
            return self._events.get(timeout=_TICK_S)
        except queue.Empty:
            return 0

    def _revive(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            lived_s = now - child.started_at
            doubled_s = min(max(child.pause_s * 2, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
            child.pause_s = _FIRST_PAUSE_S if lived_s > _HEALTHY_S else doubled_s
            log.error("child_ended", child=child.name, status=child.status, restart_in_s=child.pause_s)
            child.process = None
            child.started_at = now
        elif now >= child.started_at + child.pause_s:
            self.start(child)

    def _stop_all(self, number: int) -> int:
        """Stop all children that run; the vital one's exit status."""
        deadline = time.monotonic() + _GRACE_S[number]
        for is_last in (False, True):
            group = [child for child in self._children if child.is_last is is_last and child.is_running]
            for child in group:
                _send(child, number)
            self._wait_for(group, deadline)
        vital = next((child for child in self._children if child.is_vital), None)
        return _exit_status(vital.status) if vital else 0

    def _wait_for(self, children: list[Child], deadline: float) -> None:
        """Wait until all have ended; a second signal or the deadline ends their whole groups at once."""
        while any(child.is_running for child in children):
            is_hurried = self._next_event() in _GRACE_S
            if is_hurried or time.monotonic() > deadline:
                for child in children:
                    _send(child, signal.SIGKILL, to_group=True)


def _send(child: Child, number: int, *, to_group: bool = False) -> None:
    if child.process is None:
        return
    with contextlib.suppress(ProcessLookupError):
        if to_group:
            os.killpg(child.process.pid, number)
        else:
            child.process.send_signal(number)


def _exit_status(status: int | None) -> int:
    """A child's status as a shell would give it."""
    if status is None:
        return 0
    return 128 - status if status < 0 else status
