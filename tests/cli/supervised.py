"""Real processes for the tests of the supervisor: run as ``python supervised.py ROLE FOLDER [--alive-fd N]``.

Each role appends its process id to a file of its name in the folder, then acts its part.
"""

import os
import signal
import sys
import threading
from pathlib import Path

from tmsba import log
from tmsba.cli.server.lifetime import set_when_told
from tmsba.cli.server.supervisor import Child, Supervisor

PROGRAM = (sys.executable, __file__)


def supervise(folder: str, *roles: str) -> None:
    """The supervisor; the first role is the vital one, one that ends with ``-last`` stops last."""
    with Supervisor(os.environ, PROGRAM) as supervisor:
        for number, role in enumerate(roles):
            supervisor.start(
                Child(role, [role, folder], is_vital=number == 0, is_last=role.endswith("-last"))
            )
        status = supervisor.run(lambda: None)
    sys.exit(status)


def act(role: str, folder: Path, alive_fd: int) -> None:
    """A child."""
    with (folder / role).open("a") as file:
        file.write(f"{os.getpid()}\n")
    match role:
        case "fails":
            sys.exit(3)
        case "waits-for-a-file":
            while not (folder / "go").exists():
                signal.sigtimedwait([], 0.05)
            sys.exit(7)
        case "ignores-signals":
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            threading.Event().wait()
        case _:
            stop = threading.Event()
            set_when_told(stop, alive_fd)
            stop.wait()
            with (folder / "order").open("a") as file:
                file.write(f"{role}\n")


if __name__ == "__main__":
    role, folder, *rest = sys.argv[1:]
    if role == "supervise":
        log.configure(log_format="json")
        supervise(folder, *rest)
    else:
        act(role, Path(folder), int(rest[-1]))
