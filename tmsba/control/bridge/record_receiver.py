"""Have a bridge send us its call detail records, or no longer. Source: CMS API reference, 10.4."""

from urllib.parse import urlsplit

from tmsba.cms.client import BridgeClient
from tmsba.cms.model import RecordReceiver
from tmsba.cms.wire.errors import RequestRefused

_FULL = "tooManyCdrReceivers"


class NoPlaceForReceiver(Exception):
    """The bridge sends its records to as many receivers as it can."""


def set_receiver(client: BridgeClient, uri: str, *, prefix: str) -> bool:
    """Make ``uri`` the one place below ``prefix`` that this Meeting Server sends records to.

    It looks before it changes anything, so it may be repeated; receivers of others stay.

    Args:
        client: of this Meeting Server; the nodes of a cluster have receivers of their own.
        uri: where to, or blank for nowhere.
        prefix: what all paths of ours for this bridge begin with, whatever key they were made with.

    Returns:
        Whether something was changed.

    Raises:
        NoPlaceForReceiver: others have taken all places.
        BridgeError: the bridge does not do what it is asked.
    """
    everybody = client.record_receivers()
    ours = [one for one in everybody if urlsplit(one.uri).path.startswith(prefix)]
    kept = next((one for one in ours if one.uri == uri), None)
    is_new = bool(uri) and kept is None
    if is_new:
        kept = _redirected(client, ours, uri) or _added(client, everybody, uri)
    surplus = [one for one in ours if kept is None or one.id != kept.id]
    for one in surplus:
        client.delete_record_receiver(one.id)
    return is_new or bool(surplus)


def _redirected(client: BridgeClient, ours: list[RecordReceiver], uri: str) -> RecordReceiver | None:
    """One that we had before, now with the new address."""
    if not ours:
        return None
    client.change_record_receiver(ours[0].id, uri)
    return ours[0]


def _added(client: BridgeClient, everybody: list[RecordReceiver], uri: str) -> RecordReceiver:
    # One without an address takes a place and gets nothing.
    blank = next((one for one in everybody if not one.uri), None)
    if blank is not None:
        client.change_record_receiver(blank.id, uri)
        return blank
    try:
        return RecordReceiver(id=client.create_record_receiver(uri), uri=uri)
    except RequestRefused as refusal:
        if _FULL not in refusal.reasons:
            raise
        hosts = ", ".join(sorted({urlsplit(one.uri).netloc.rpartition("@")[2] for one in everybody}))
        raise NoPlaceForReceiver(
            f"The bridge sends its call detail records to {len(everybody)} receivers already ({hosts}), and "
            "takes no more: remove one of them on the bridge."
        ) from refusal
