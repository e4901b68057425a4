"""Bulk creation of spaces (CMS API reference, 6.7)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tmsba.simulator import kinds
from tmsba.simulator.failures import parameter_error
from tmsba.simulator.records import Record
from tmsba.simulator.spaces import SpaceStore, uris_of
from tmsba.simulator.tables import SPACE

_TOKEN = re.compile(r"(\$index\$)|\\([\\$])|([^$\\]+)", re.DOTALL)
_MAPPINGS = {"coSpaceUriMapping": "uri", "coSpaceNameMapping": "name", "coSpaceCallIdMapping": "callId"}
_COPIED = ("tenant", "callProfile", "callLegProfile", "callBrandingProfile")


@dataclass
class BulkSync(Record):
    """A run of a bulk parameter set.

    Attributes:
        status: Where it is, in the words of the reference.
    """

    status: str = "pending"

    @property
    def parameter_set(self) -> str:
        """The identifier of the parameter set."""
        return self.values["cospaceBulkParameterSet"]

    @property
    def removes_all(self) -> bool:
        """Whether the run only removes what earlier runs made."""
        return self.values.get("removeAll") == "true"


class SyncError(Exception):
    """A run that cannot be carried out; its text is the status to report."""


def parse_mapping(mapping: str) -> list[str | None]:
    r"""Split a mapping into literal pieces, with None where the index goes.

    Args:
        mapping: Text with at most one ``$index$``; ``\$`` and ``\\`` stand for the plain characters.

    Raises:
        ValueError: The mapping does not follow the syntax.
    """
    pieces: list[str | None] = []
    position = 0
    while position < len(mapping):
        token = _TOKEN.match(mapping, position)
        if token is None:
            raise ValueError(f"stray character at {position}")
        pieces.append(token[2] or token[3])
        position = token.end()
    if pieces.count(None) > 1:
        raise ValueError("more than one $index$")
    return pieces


def expand(pieces: list[str | None], index: int) -> str:
    """Return the text of a split mapping for one index."""
    return "".join(str(index) if piece is None else piece for piece in pieces)


def check_mappings(values: Mapping[str, str]) -> None:
    """Refuse parameters whose mappings break the syntax of the reference.

    Raises:
        ApiError: A mapping is malformed.
    """
    for name in _MAPPINGS:
        try:
            pieces = parse_mapping(values.get(name, ""))
        except ValueError:
            raise parameter_error(name, kinds.INVALID) from None
        if name == "coSpaceUriMapping" and any("@" in piece for piece in pieces if piece):
            raise parameter_error(name, kinds.INVALID)


def run_sync(
    spaces: SpaceStore, parameters: Record | None, *, removes_all: bool, largest: int
) -> tuple[list[str], list[dict[str, str]]]:
    """Work out what a run removes and creates, without touching anything.

    Args:
        spaces: The spaces of the bridge.
        parameters: The parameter set, or None when it does not exist.
        removes_all: Whether nothing is to be created.
        largest: The most spaces that one run may create.

    Returns:
        The identifiers of the spaces to remove, and the parameters of the spaces to create.

    Raises:
        SyncError: The run fails, and everything stays as it is.
    """
    if parameters is None:
        raise SyncError("failedNoSuchParameterSet")
    old = [space.id for space in spaces if space.bulk_set == parameters.id]
    new = [] if removes_all else _wanted(parameters.values, largest)
    _refuse_conflicts(spaces, parameters.id, new)
    return old, new


def _wanted(parameters: Mapping[str, str], largest: int) -> list[dict[str, str]]:
    if "startIndex" not in parameters or "endIndex" not in parameters:
        raise SyncError("failedIndexRangeInvalid")
    start, end = int(parameters["startIndex"]), int(parameters["endIndex"])
    if start > end:
        raise SyncError("failedIndexRangeInvalid")
    if end - start >= largest:
        raise SyncError("failedIndexRangeTooGreat")
    common = {name: parameters[name] for name in _COPIED if name in parameters}
    common["nonMemberAccess"] = parameters.get("nonMemberAccess", "true")
    mappings = [
        (name, parse_mapping(parameters[key])) for key, name in _MAPPINGS.items() if key in parameters
    ]
    wanted = []
    for index in range(start, end + 1):
        values = {name: expand(pieces, index) for name, pieces in mappings}
        if any(SPACE[name](value) for name, value in values.items()):
            raise SyncError("failed")
        wanted.append(values | common)
    return wanted


def _refuse_conflicts(spaces: SpaceStore, set_id: str, wanted: list[dict[str, str]]) -> None:
    taken_uris: set[str] = set()
    taken_call_ids: set[str] = set()
    for values in wanted:
        for uri in uris_of(values):
            owner = spaces.with_uri(uri)
            if uri in taken_uris or (owner is not None and owner.bulk_set != set_id):
                raise SyncError("failedCoSpaceUriConflict")
            taken_uris.add(uri)
        if call_id := values.get("callId"):
            owner = spaces.with_call_id(call_id)
            if call_id in taken_call_ids or (owner is not None and owner.bulk_set != set_id):
                raise SyncError("failedCallIdConflict")
            taken_call_ids.add(call_id)
