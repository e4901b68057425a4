"""When a process is to stop: a signal, or the end of the process that started it."""

import os
import select
import signal
import threading
from types import FrameType

#: How a child learns which end of the pipe to watch.
ALIVE_OPTION = "--alive-fd"


def set_when_told(stop: threading.Event, alive_fd: int | None = None) -> None:
    """Have an event set by SIGTERM, SIGINT or the end of the parent; call it in the main thread.

    A second signal ends the process at once.

    Args:
        stop: the event.
        alive_fd: the reading end of a pipe whose other end only the parent has.
    """
    wake_out, wake_in = os.pipe()

    def wake(_number: int, _frame: FrameType | None) -> None:
        # Setting the event here could wait for a lock that the interrupted code holds.
        os.write(wake_in, b"!")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)

    def watch() -> None:
        select.select([fd for fd in (wake_out, alive_fd) if fd is not None], [], [])
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, wake)
    threading.Thread(target=watch, name="lifetime", daemon=True).start()


def is_orphan(alive_fd: int | None) -> bool:
    """Whether the parent is gone, for loops that look from time to time."""
    return alive_fd is not None and bool(select.select([alive_fd], [], [], 0)[0])
