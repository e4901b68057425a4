"""The client of one Cisco Meeting Server bridge: its own words and errors, nothing of bookings."""

from tmsba.cms.client import PLACEHOLDER_NAME, BridgeClient, base_url, placeholder_name
from tmsba.cms.errors import (
    AnswerNotUnderstood,
    BridgeBusy,
    BridgeError,
    BridgeServerError,
    BridgeTimeout,
    BridgeUnreachable,
    BulkSyncFailed,
    BulkSyncUnfinished,
    CredentialsRefused,
    NotFoundOnBridge,
    RequestRefused,
)
from tmsba.cms.model import (
    BridgeParticipant,
    BridgeStatus,
    BulkParameterSet,
    BulkSync,
    Call,
    CallBridge,
    CallLeg,
    Space,
    SyncStatus,
)
from tmsba.cms.setup import BridgeSetup, prepare_bridge

__all__ = [
    "PLACEHOLDER_NAME",
    "AnswerNotUnderstood",
    "BridgeBusy",
    "BridgeClient",
    "BridgeError",
    "BridgeParticipant",
    "BridgeServerError",
    "BridgeSetup",
    "BridgeStatus",
    "BridgeTimeout",
    "BridgeUnreachable",
    "BulkParameterSet",
    "BulkSync",
    "BulkSyncFailed",
    "BulkSyncUnfinished",
    "Call",
    "CallBridge",
    "CallLeg",
    "CredentialsRefused",
    "NotFoundOnBridge",
    "RequestRefused",
    "Space",
    "SyncStatus",
    "base_url",
    "placeholder_name",
    "prepare_bridge",
]
