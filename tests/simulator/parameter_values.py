"""Values that a bridge takes, and values that it refuses, for each kind of parameter."""

from simulator_api import Api, identifier

from tmsba.simulator import kinds
from tmsba.simulator.catalogue import KINDS
from tmsba.simulator.kind import Kind
from tmsba.simulator.kinds import Check

UNKNOWN = "12345678-1234-1234-1234-123456789abc"
BY_TAG = {kind.tag: kind for kind in KINDS}
_BY_CHECK: dict[Check, str] = {kinds.uri: "room.one", kinds.duration: "permanent", kinds.tones: "1,2#"}
# Where the value is one of a certain grammar, or an object below this very one.
_BY_NAME = {"uriGenerator": "$.meet", "userJid": "anna@example.com"}
BELOW_ITSELF = ("defaultAccessMethodTemplate",)


def path(api: Api, kind: Kind) -> str:
    """The path of a collection, its owner made if it needs one."""
    if kind.within is None:
        return kind.collection
    collection, tag = kind.within
    return f"{collection}/{an_object(api, tag)}/{kind.collection}"


def an_object(api: Api, tag: str) -> str:
    """The identifier of an object of a kind, made now."""
    if tag == "coSpace":
        return identifier(api.post("coSpaces", {"name": "A"}))
    if tag == "user":
        api.post(f"coSpaces/{an_object(api, 'coSpace')}/coSpaceUsers", {"userJid": "anna@example.com"})
        return str(api.get("users", filter="anna")[0].get("id"))
    kind = BY_TAG[tag]
    return identifier(api.post(path(api, kind), form(api, kind, kind.mandatory)))


def form(api: Api, kind: Kind, names: object) -> dict[str, str]:
    return {name: allowed(api, name, kind.table[name]) for name in kind.table if name in set(names)}


def allowed(api: Api, name: str, check: Check) -> str:
    """A value that the bridge takes; the last of a choice."""
    if isinstance(check, kinds.Reference):
        return an_object(api, check.tag)
    if isinstance(check, kinds.Choice):
        return check.allowed[-1]
    if isinstance(check, kinds.Numeric | kinds.Digits):
        return "100"
    if check is kinds.guid:
        return UNKNOWN
    return _BY_NAME.get(name) or _BY_CHECK.get(check, f"some {name}")


def refused(check: Check) -> dict[str, str]:
    """Values that the bridge refuses, each with the error it names."""
    invalid = dict.fromkeys(["a\x01b"], kinds.INVALID)
    if isinstance(check, kinds.Text):
        return invalid | ({} if check.limit is None else {"x" * (check.limit + 1): kinds.TOO_LONG})
    if isinstance(check, kinds.Choice):
        return invalid | dict.fromkeys(["nonsense", "TRUE", "1"], kinds.INVALID)
    if isinstance(check, kinds.Numeric):
        return invalid | dict.fromkeys(["many", "-1", "1.5", str(check.most + 1)], kinds.INVALID)
    if isinstance(check, kinds.Reference) or check is kinds.guid:
        return invalid | dict.fromkeys(["not-an-id", UNKNOWN[:-1]], kinds.INVALID)
    return invalid
