"""The processes of a running server: which there are, and how much memory they have."""

from collections.abc import Mapping
from pathlib import Path

import pytest

_PROC = Path("/proc")


def _parents() -> Mapping[int, int]:
    found = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                # Behind the name, which may hold anything: state and parent.
                found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended
                continue
    return found


def memory_of_family(pid: int) -> Mapping[int, int]:
    """Resident memory in kB of all descendants of a process that have some, by process id."""
    if not (_PROC / "self" / "stat").exists():
        pytest.skip("This system has no /proc that tells about processes.")
    family, parents = {pid}, _parents()
    while len(family) < len(family := family | {p for p, parent in parents.items() if parent in family}):
        pass
    return {member: _resident(member) for member in sorted(family - {pid})}


def _resident(pid: int) -> int:
    lines = (_PROC / str(pid) / "status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)
