"""How calls that were left at addresses of bridges are written to a column: JSON."""

from tmsba.ports.live import LeftCall
from tmsba.store.tables.json_values import read_json, write_json


def encode_left_calls(left: tuple[LeftCall, ...]) -> str:
    """The calls as text."""
    return write_json({"left": [[one.bridge_id, one.space_id, one.url, one.call_id] for one in left]})


def decode_left_calls(text: str) -> tuple[LeftCall, ...]:
    """What ``encode_left_calls`` wrote."""
    return tuple(
        LeftCall(bridge_id=bridge_id, space_id=space_id, url=url, call_id=call_id)
        for bridge_id, space_id, url, call_id in read_json(text)["left"]
    )
