"""Read conferences from a file, as clients send or get them: an envelope, or the Conference element alone."""

from collections.abc import Iterator

from lxml import etree

from tmsba.domain.conference.request import ConferenceRequest
from tmsba.soap.translation.conference_in import conference_in
from tmsba.soap.types.booking import Conference
from tmsba.soap.types.simple import BOOKING
from tmsba.soap.wire.errors import BadRequest
from tmsba.soap.wire.parser import parse
from tmsba.soap.wire.reader import read_object
from tmsba.soap.wire.versions import SERVER_VERSION, announced

_TAG = f"{{{BOOKING}}}Conference"
_ID = f"{{{BOOKING}}}ConferenceId"


def version_in_file(content: bytes) -> int:
    """The API version of whoever would send what is in the file.

    An envelope announces it, or means 0 as on the wire; a conference alone is of the server's own version.

    Args:
        content: see ``conferences_in_file``.

    Raises:
        BadRequest: it is no XML.
    """
    return _version(parse(content))


def _version(root: etree._Element) -> int:
    if etree.QName(root).localname != "Envelope":
        return SERVER_VERSION
    text = next((e.text or "" for e in root.iter("{*}ClientVersionIn")), "").strip()
    return announced(int(text) if text.isascii() and text.isdigit() else None)


def conferences_in_file(content: bytes) -> list[ConferenceRequest]:
    """What would be saved.

    Args:
        content: a request such as SaveConference with its envelope, the answer of a function such as
            GetRecurrentConferenceById, or a Conference element, which may be in no namespace.

    Raises:
        BadRequest: it is no such XML.
        InvalidDateTime: a date is none.
    """
    root = parse(content)
    if etree.QName(root).namespace is None:
        _name(root)
    version = _version(root)
    found = [conference_in(read_object(one, Conference, BOOKING), version) for one in _outermost(root)]
    if not found:
        raise BadRequest(
            "There is no Conference element in the file. Put a request such as SaveConference there, or the "
            "element itself."
        )
    return found


def _name(root: etree._Element) -> None:
    """Bring an element without a namespace into that of the service, with what is in it."""
    for element in root.iter():
        if etree.QName(element).namespace is None:
            element.tag = f"{{{BOOKING}}}{element.tag}"


def _outermost(element: etree._Element) -> Iterator[etree._Element]:
    """The conferences that are in no other one: exceptions of a series hold some too."""
    is_answer = etree.QName(element).localname.endswith("Result") and element.find(_ID) is not None
    if element.tag == _TAG or is_answer:
        yield element
        return
    for child in element:
        yield from _outermost(child)
