"""Read conferences from a file, as clients send them: an envelope, or the Conference element alone."""

from collections.abc import Iterator

from lxml import etree

from tmsba.domain.conference import ConferenceRequest
from tmsba.soap.errors import BadRequest
from tmsba.soap.parser import parse
from tmsba.soap.reader import read_object
from tmsba.soap.translate_in import conference_in
from tmsba.soap.types.booking import Conference
from tmsba.soap.types.simple import BOOKING

_TAG = f"{{{BOOKING}}}Conference"


def conferences_in_file(content: bytes) -> list[ConferenceRequest]:
    """What would be saved.

    Args:
        content: a request such as SaveConference with its envelope, or a Conference element, which may be in
            no namespace.

    Raises:
        BadRequest: it is no such XML.
        InvalidDateTime: a date is none.
    """
    root = parse(content)
    if etree.QName(root).namespace is None:
        _name(root)
    found = [conference_in(read_object(element, Conference, BOOKING)) for element in _outermost(root)]
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
    """The Conference elements that are in no other one: exceptions of a series hold some too."""
    if element.tag == _TAG:
        yield element
        return
    for child in element:
        yield from _outermost(child)
