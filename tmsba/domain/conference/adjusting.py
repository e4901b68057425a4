"""In what a conference's space and call on a bridge can differ from others."""

from enum import Enum, StrEnum


class Adjusted(Enum):
    """What of a space can differ from a space between meetings."""

    LAYOUT = "layout"
    LEG_PROFILE = "leg-profile"
    CALL_PROFILE = "call-profile"
    MARK = "mark"
    HOST_WAY = "host-way"


class Layout(StrEnum):
    """What a participant sees; the values are those of bridges (CMS API reference, 6.2)."""

    #: The loudest speaker in a large pane, others in small panes over it.
    TELEPRESENCE = "telepresence"
    #: Nobody but the loudest speaker.
    SPEAKER_ONLY = "speakerOnly"
    #: The loudest speaker in a large pane, and as many small panes beside it as others take part.
    ONE_PLUS_N = "onePlusN"
