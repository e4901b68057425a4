"""The pages that browsers open to join: which form a link has follows from the bridge as it is now. Pure."""

#: The first version whose web bridge is web bridge 3, the only one from there on.
_WEB_BRIDGE_3 = 3
#: What a web bridge address may hold to be a whole link instead of a host.
NUMBER, SECRET = "{number}", "{secret}"


def join_url(web_bridge: str, software_version: str, number: int, secret: str) -> str:
    """The link to the meeting with a number.

    A bridge that has not told its version counts as a new one.

    Args:
        web_bridge: where browsers join, such as ``https://join.example.com``, or a whole link with
            ``{number}`` and ``{secret}`` in it; blank for nowhere.
        software_version: as the bridge spells it, such as ``2.9.4``.
        number: the space's.
        secret: the space's.

    Returns:
        The link, blank without a web bridge.
    """
    if is_whole_link(web_bridge):
        return web_bridge.replace(NUMBER, str(number)).replace(SECRET, secret)
    base = web_bridge.rstrip("/")
    if not base:
        return ""
    if _major(software_version) < _WEB_BRIDGE_3:
        return f"{base}/invited.sf?secret={secret}&id={number}"
    return f"{base}/meeting/{number}?secret={secret}"


def is_whole_link(web_bridge: str) -> bool:
    """Whether an administrator has written down the whole link, not only its host."""
    return NUMBER in web_bridge


def _major(software_version: str) -> int:
    first = software_version.strip().partition(".")[0]
    return int(first) if first.isascii() and first.isdigit() else _WEB_BRIDGE_3
