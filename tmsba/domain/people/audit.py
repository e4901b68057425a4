"""What the audit log says: who did or tried what, to what, when and from where."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

#: Longer texts are cut: some of them come from strangers.
LONGEST_TEXT = 250


class AuditAction(Enum):
    """What happened."""

    LOGIN_FAILED = "login.failed"
    ACCESS_REFUSED = "access.refused"
    USER_ADDED = "user.added"
    USER_CHANGED = "user.changed"
    USERS_IMPORTED = "users.imported"
    GROUP_ADDED = "group.added"
    GROUP_CHANGED = "group.changed"
    GROUP_REMOVED = "group.removed"
    SYSTEM_ADDED = "system.added"
    SYSTEM_CHANGED = "system.changed"
    SYSTEMS_IMPORTED = "systems.imported"
    CONFERENCE_APPROVED = "conference.approved"
    CONFERENCE_REJECTED = "conference.rejected"
    CONFERENCE_CONNECTED = "conference.connected"
    CONFERENCE_EXTENDED = "conference.extended"
    OPTION_KEY_CHANGED = "option-key.changed"
    SESSION_ENDED = "session.ended"
    SETTING_CHANGED = "setting.changed"
    BRIDGE_ADDED = "bridge.added"
    BRIDGE_CHANGED = "bridge.changed"
    BRIDGE_PREPARED = "bridge.prepared"
    BRIDGE_CLEANED = "bridge.cleaned"
    BRIDGE_LEFT = "bridge.left"
    WEBEX_SITE_ADDED = "webex-site.added"
    WEBEX_SITE_CHANGED = "webex-site.changed"
    WEBEX_SITE_REMOVED = "webex-site.removed"
    AUDIT_PRUNED = "audit.pruned"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A line of the audit log; holds no secrets."""

    #: When it happened; for a repetition, when it was last counted.
    at: datetime
    #: A log-in name, as it was given where nobody was let in.
    who: str
    #: A network address, or the host where the command was run.
    origin: str
    action: AuditAction
    #: What was changed, or was to be changed.
    subject: str = ""
    #: What is new about it, in words.
    detail: str = ""
    #: How often it happened in a row; see ``tmsba.booking.clients.refusals``.
    count: int = 1
    #: Given by the store.
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are wanted; what is not said does not matter."""

    since: datetime | None = None
    #: Entries from this instant on are left out.
    until: datetime | None = None
    #: Part of a name, in any letter case.
    who: str = ""
    action: AuditAction | None = None
    #: Part of a subject, in any letter case.
    subject: str = ""


def printable(text: str) -> str:
    """A text from outside in a line: without control characters, and not too long."""
    line = "".join(character if character.isprintable() else "?" for character in text[: LONGEST_TEXT + 1])
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"
