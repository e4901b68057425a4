"""The WebEx meeting that belongs to a conference, and what a request says about it.

Source: TMSBA guide, WebEx, WebexTelephony, OwnedExternally and WebExState.
"""

from dataclasses import dataclass, field, replace
from enum import Enum

from tmsba.domain.values import Choice


class WebExPart(Enum):
    """A part that invitations may leave out. Source: TMSBA guide, WebEx, ElementsToExclude."""

    MEETING_PASSWORD = "meeting-password"  # noqa: S105 - the name of a part
    HOST_KEY = "host-key"
    TOLL_FREE_NUMBER = "toll-free-number"
    GLOBAL_NUMBERS = "global-numbers"


class WebExState(Enum):
    """How the WebEx of one date is to that of its series. Source: TMSBA guide, WebExState."""

    NORMAL = "normal"
    DELETE = "delete"
    MODIFY = "modify"


class WebExTrouble(Enum):
    """Why WebEx is not, or not quite, as a client wants it: the wire's errors and warnings."""

    #: This server makes no meetings at a WebEx site.
    NOT_CREATED = "not-created"
    #: The administrator has switched WebEx off.
    SWITCHED_OFF = "switched-off"
    #: WebEx that is not owned externally takes no time zone rules.
    ZONE_RULES = "zone-rules"
    #: WebEx that is not owned externally takes no exceptions of a series.
    EXCEPTIONS = "exceptions"
    #: The meeting at the WebEx site stays as it was.
    NOT_UPDATED = "not-updated"
    #: Nobody takes part but WebEx.
    NOBODY_ELSE = "nobody-else"
    #: There is nothing to dial.
    NO_ADDRESS = "no-address"


#: Follow from the rest of the conference, so they are found anew at each save.
_PASSING = frozenset({WebExTrouble.NOT_UPDATED, WebExTrouble.NOBODY_ELSE, WebExTrouble.NO_ADDRESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephony:
    """How to join by phone. Source: TMSBA guide, WebexTelephony."""

    toll_number: str = ""
    toll_free_number: str = ""
    global_numbers_url: str = ""
    #: What the bridge dials where the site uses PSTN, and the tones it sends then.
    pstn_number: str = ""
    dtmf_sequence: str = field(default="", repr=False)
    access_code: str = field(default="", repr=False)


#: The parts of ``Telephony`` that came later than the others.
PHONE_PARTS = frozenset({"pstn_number", "access_code"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebEx:
    """A WebEx meeting as a client brought it; blank where it said nothing.

    Without an owner elsewhere it is a wish that could not be granted: its errors or warnings say why.
    """

    #: The meeting number.
    meeting_key: str = ""
    #: What the bridge dials.
    sip_url: str = ""
    #: What invitations leave out, in the contract's order.
    left_out: tuple[WebExPart, ...] = ()
    meeting_password: str = field(default="", repr=False)
    join_url: str = field(default="", repr=False)
    host_url: str = field(default="", repr=False)
    host_key: str = field(default="", repr=False)
    #: ``HH:MM:SS``, as it came.
    join_before_host: str = ""
    telephony: Telephony | None = None
    #: Whether the client wants the server to change the meeting at the site (TmsShouldUpdateMeeting).
    is_update_wanted: bool = False
    site_url: str = ""
    uses_pstn: bool = False
    is_owned_externally: bool = False
    errors: tuple[WebExTrouble, ...] = ()
    warnings: tuple[WebExTrouble, ...] = ()

    @property
    def address(self) -> str:
        """What the bridge dials at the start; blank when there is nothing to dial."""
        if self.uses_pstn:
            return self.telephony.pstn_number.strip() if self.telephony else ""
        return self.sip_url.strip()

    @property
    def dtmf_sequence(self) -> str:
        """The tones to send once the call is answered, as they came; blank for none."""
        return self.telephony.dtmf_sequence if self.uses_pstn and self.telephony else ""

    def shows(self, part: WebExPart) -> bool:
        """Whether invitations may tell this part."""
        return part not in self.left_out

    def warned(self, *troubles: WebExTrouble) -> "WebEx":
        """With these warnings in place of those that follow from the rest of the conference."""
        lasting = tuple(one for one in self.warnings if one not in _PASSING)
        return replace(self, warnings=(*lasting, *troubles))

    def is_same_as(self, other: "WebEx | None") -> bool:
        """Whether two conferences have the same meeting."""
        return other is not None and bare(self) == bare(other)


def bare(webex: WebEx) -> WebEx:
    """A meeting without what stands against it."""
    return replace(webex, errors=(), warnings=())


@dataclass(frozen=True, slots=True, kw_only=True)
class WebExWish:
    """What a request says about WebEx, in the present or the legacy way.

    Source: TMSBA guide, WebEx.
    """

    #: The element; ``None`` where ExternalConference is missing or has none.
    webex: WebEx | None = None
    state: WebExState | None = None
    #: Whether there is an ExternalConference at all: without WebEx in it, it takes WebEx away.
    is_explicit: bool = False
    #: DataConference, the legacy way.
    legacy: Choice | None = None
    #: The fields of ``WebEx`` and ``Telephony`` that the client's API version does not have.
    unseen: frozenset[str] = frozenset()
    #: Whether its SiteUrl is that of no registered site.
    is_site_unknown: bool = False
    #: Why it cannot be granted.
    troubles: tuple[WebExTrouble, ...] = ()

    @property
    def is_wanted(self) -> bool:
        """Whether it asks for WebEx."""
        if self.is_explicit:
            return self.webex is not None and self.state is not WebExState.DELETE
        return self.legacy in (Choice.YES, Choice.IF_POSSIBLE)

    @property
    def is_removal(self) -> bool:
        """Whether it takes WebEx away."""
        if self.is_explicit:
            is_left = self.webex is not None or self.state is WebExState.NORMAL
            return self.state is WebExState.DELETE or not is_left
        return self.legacy is Choice.NO

    @property
    def is_owned_externally(self) -> bool:
        """Whether it brings the data of a meeting that the client has made."""
        return self.is_wanted and self.webex is not None and self.webex.is_owned_externally


@dataclass(frozen=True, slots=True, kw_only=True)
class WebExSite:
    """A WebEx site that the administrator has registered."""

    #: Given by the store.
    id: int = 0
    url: str
    name: str = ""
    #: Whether its meetings are reached by phone.
    uses_pstn: bool = False
    #: The site that is meant where none is named.
    is_default: bool = False

    @property
    def key(self) -> str:
        """The same for all spellings of its address."""
        return site_key(self.url)


def site_key(url: str) -> str:
    """What all spellings of a site's address share: small letters, no scheme, no slash at the end."""
    bare = url.strip().casefold()
    for scheme in ("https://", "http://"):
        bare = bare.removeprefix(scheme)
    return bare.rstrip("/")
