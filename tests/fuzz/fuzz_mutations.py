"""What is done to valid requests: to their trees, and to their bytes.

Each mutation changes what it is given, and does nothing where it does not fit.
"""

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from fuzz_requests import CONTENT_TYPES, SOAP11, SOAP12
from lxml import etree

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
#: Stand for characters that no tree can hold; the bytes get them.
_MARK = "\ue000"
_FORBIDDEN = (
    b"\0",
    b"\x01",
    b"\x08",
    b"\x0b",
    b"\x1f",
    b"&#0;",
    b"&#8;",
    b"&#xD800;",
    b"&#xFFFF;",
    b"\xff\xfe",
)

NUMBERS = (
    "0", "-0", "+1", "-1", "2147483647", "2147483648", "-2147483648", "-2147483649", "9223372036854775807",
    "9223372036854775808", "-9223372036854775809", "9" * 100, "9" * 101, "9" * 5000, "1e9", "0x10", "1.0",
    "1,000", "1 000", "NaN", "INF", "\u0661\u0662", "\uff11", "\u00bd", "1_0", "--1",
)  # fmt: skip
DATES = (
    "0001-01-01T00:00:00", "0001-01-01 00:00:00Z", "0000-00-00 00:00:00Z", "9999-12-31 23:59:59Z",
    "9999-12-31T24:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2027-02-29 00:00:00Z",
    "2028-02-29 10:00Z", "2027-13-01 00:00:00Z", "2027-01-01 24:00:00Z", "2027-01-01 23:59:60Z",
    "2027-01-01", "2027-01-01Z", "27-1-1", "2027-01-01T10:00:00", "2027-01-01T10:00:00.1234567Z",
    "2027-01-01T10:00:00.Z", "2027-01-01T10:00:00+99:99", "2027-01-01T10:00:00+24:00", "1767225600", "now",
    "-2027-01-01T10:00:00Z", "20270101T100000Z", "01/02/2027 10:00 AM",
    "\u0662\u0660\u0662\u0667-01-01 10:00:00Z", "12027-01-01 00:00:00Z", "2027-01-01 10:00:00z",
    "2027-01-01\u00a010:00:00Z", "2027-W01-1T10:00:00Z",
)  # fmt: skip
TEXTS = (
    "", " ", "\t\n", "None", "null", "true", "TRUE", "yes", "tms", "TMS TMS", "__class__", "Default ",
    "\U0001f4de\U0001f600", "e\u0301" * 50, "\u202e\u200b\ufeff", "\ufdd0", "\x7f\x80\x9f", "<&>\"'", "]]>",
    "'; DROP TABLE conferences; --", "%s%n{0}", "${jndi:x}", "../../etc/passwd", "a" * 300, "a" * 5000,
    "\u00e4" * 70_000, "a@b@c", "sip:x@example.com;transport=tls", "@", "\r\n.\r\nX: y", "9" * 400,
)  # fmt: skip
PIECES = (
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"<?x ", b"&x;", b"&#x1F600;", b"\0", b"\xff", b"\r",
    b"<a>", b"</a>", b'"', b"<!DOCTYPE a>",
)  # fmt: skip
PROLOGUES = (
    b"\n", b" ", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b'<?xml version="1.0"?>', b'<?xml version="1.1"?>',
    b'\n<?xml version="1.0"?>', b"<!DOCTYPE soap:Envelope>", b'<!DOCTYPE a [<!ENTITY x "y">]>', b"<!-- - -->",
    b"POST / HTTP/1.1\r\n\r\n", b"\x1f\x8b",
)  # fmt: skip
WRONG_TYPES = (
    *CONTENT_TYPES.values(), "", "text/xml; charset=utf-16", "text/xml; charset=no-such",
    "text/xml; charset=", 'application/soap+xml; charset="', "text/plain", "multipart/related; boundary=x",
    "a" * 300,
)  # fmt: skip


def elements_of(root: Any) -> list[Any]:
    """All elements below the body and the header, in order."""
    return [element for part in root for element in part.iter("*") if element is not part]


def _some(random: Random, root: Any) -> Any:
    found = elements_of(root)
    return random.choice(found) if found else None


def _some_leaf(random: Random, root: Any) -> Any:
    found = [element for element in elements_of(root) if len(element) == 0]
    return random.choice(found) if found else None


# ---------------------------------------------------------------- of the tree


def drop(random: Random, root: Any) -> None:
    element = _some(random, root)
    if element is not None:
        element.getparent().remove(element)


def double(random: Random, root: Any) -> None:
    element = _some(random, root)
    if element is not None:
        for _ in range(random.choice((1, 1, 2, 50))):
            element.addnext(copy.deepcopy(element))


def reorder(random: Random, root: Any) -> None:
    parents = [element for element in root.iter("*") if len(element) > 1]
    if parents:
        parent = random.choice(parents)
        children = list(parent)
        random.shuffle(children)
        parent[:] = children


def move(random: Random, root: Any) -> None:
    element, target = _some(random, root), _some(random, root)
    if element is not None and element is not target and element not in target.iterancestors():
        target.append(element)


def nil(random: Random, root: Any) -> None:
    element = _some(random, root)
    if element is not None:
        element.set(f"{{{_XSI}}}nil", random.choice(("true", "1", "false", "TRUE", " true ", "")))
        if random.random() < 0.5:
            element[:] = []
            element.text = None


def empty(random: Random, root: Any) -> None:
    element = _some(random, root)
    if element is not None:
        element[:] = []
        element.text = None


def _set(random: Random, root: Any, values: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    """Give a value to a leaf, best to one whose name says that it is of the kind."""
    # Headers are few and soon known; the body is where most of the server is.
    part = root if random.random() < 0.2 else root[-1:]
    leaves = [element for element in elements_of(part) if len(element) == 0]
    fitting = [leaf for leaf in leaves if etree.QName(leaf).localname.endswith(wanted)]
    if leaves:
        leaf = random.choice(fitting or leaves)
        try:
            leaf.text = random.choice(values)
        except ValueError:
            leaf.text = None


def number(random: Random, root: Any) -> None:
    _set(random, root, NUMBERS, ("Id", "Ids", "Version", "In", "Interval", "Instances", "Position", "Day"))


def date(random: Random, root: Any) -> None:
    _set(random, root, DATES, ("UTC", "Time"))


def text(random: Random, root: Any) -> None:
    _set(random, root, TEXTS, ("",))


def choice(random: Random, root: Any) -> None:
    wanted = ("Type", "Mode", "Status", "Bandwidth", "Encrypted", "Option", "Conference", "Day", "Range")
    _set(random, root, TEXTS, wanted)


def swap(random: Random, root: Any) -> None:
    first, second = _some_leaf(random, root), _some_leaf(random, root)
    if first is not None:
        first.text, second.text = second.text, first.text


def character(random: Random, root: Any) -> None:
    leaf = _some_leaf(random, root)
    if leaf is not None:
        before = leaf.text or ""
        at = random.randrange(len(before) + 1)
        leaf.text = before[:at] + _MARK + before[at:]


def namespace(random: Random, root: Any) -> None:
    every = list(root.iter("*"))
    element = random.choice(every)
    name = etree.QName(element).localname
    other = random.choice(("", "urn:x", SOAP11, SOAP12, etree.QName(random.choice(every)).namespace or ""))
    element.tag = f"{{{other}}}{name}" if other else name


def rename(random: Random, root: Any) -> None:
    element = random.choice(list(root.iter("*")))
    name = etree.QName(element)
    local = name.localname
    other = random.choice(
        (
            local.lower(),
            local.upper(),
            f"{local}x",
            local[:-1] or "x",
            "Fault",
            "Conference",
            "\u00e4",
            "a" * 5000,
        )
    )
    element.tag = f"{{{name.namespace}}}{other}" if name.namespace else other


def attribute(random: Random, root: Any) -> None:
    element = random.choice(list(root.iter("*")))
    names = (
        "id",
        "href",
        "Title",
        f"{{{_XSI}}}type",
        f"{{{SOAP11}}}mustUnderstand",
        f"{{{SOAP11}}}encodingStyle",
    )
    element.set(random.choice(names), random.choice(("", "1", "#1", "xsd:int", "Conference", "a" * 500)))


def foreign_header(random: Random, root: Any) -> None:
    soap = etree.QName(root).namespace
    header = root.find(f"{{{soap}}}Header")
    if header is None:
        header = etree.Element(f"{{{soap}}}Header")
        root.insert(random.choice((0, len(root))), header)
    element = etree.SubElement(header, random.choice(("{urn:x}Security", "Plain", f"{{{soap}}}Body")))
    element.set(f"{{{soap}}}mustUnderstand", "1")
    element.append(etree.Element("{urn:x}Inner"))


def inner(random: Random, root: Any) -> None:
    """An element or a comment inside a value."""
    leaf = _some_leaf(random, root)
    if leaf is not None:
        child = random.choice((etree.Comment("c"), etree.ProcessingInstruction("p", "q"), etree.Element("b")))
        child.tail = random.choice(("", "1", " rest"))
        leaf.append(child)


def bodies(random: Random, root: Any) -> None:
    """Two bodies, two calls in a body, or none."""
    body = root[-1]
    if random.random() < 0.5:
        root.append(copy.deepcopy(body))
    elif random.random() < 0.7 and len(body):
        body.append(copy.deepcopy(body[0]))
    else:
        body[:] = []
        body.text = random.choice((None, "text"))


def recursion(random: Random, root: Any) -> None:
    """Conferences inside the exceptions of their own patterns, to any depth."""
    conferences = [e for e in root.iter("*") if etree.QName(e).localname in ("Conference", "Conferences")]
    if not conferences:
        return
    conference = random.choice(conferences)
    own = etree.QName(conference).namespace
    prefix = f"{{{own}}}" if own else ""
    leaves = [copy.deepcopy(child) for child in conference if len(child) == 0]
    for _ in range(random.choice((1, 2, 5, 20, 58, 61, 300))):
        place = conference
        for name in ("RecurrencePattern", "Exceptions", "RecurrenceException", "ModifiedData"):
            place = etree.SubElement(place, prefix + name)
        place.extend(copy.deepcopy(leaf) for leaf in leaves[:5])
        conference = place


TREE: tuple[Callable[[Random, Any], None], ...] = (
    drop, double, reorder, move, nil, empty, number, number, date, date, text, text, choice, choice, swap,
    character, namespace, rename, attribute, foreign_header, inner, bodies, recursion,
)  # fmt: skip


# ---------------------------------------------------------------- of the bytes


def flip(random: Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(random.choice((1, 1, 3, 20))):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def cut(random: Random, body: bytes) -> bytes:
    start = random.randrange(len(body))
    end = random.choice((len(body), start + random.randrange(1, 200)))
    return body[:start] + body[end:]


def insert(random: Random, body: bytes) -> bytes:
    at = random.randrange(len(body))
    what = random.choice((*PIECES, random.randbytes(8)))
    return body[:at] + what * random.choice((1, 1, 1, 40)) + body[at:]


def repeat(random: Random, body: bytes) -> bytes:
    start = random.randrange(len(body))
    end = start + random.randrange(1, 300)
    return body[:end] + body[start:end] * random.choice((1, 2, 30)) + body[end:]


def encoding(random: Random, body: bytes) -> bytes:
    """Another encoding, with a declaration that may be right."""
    names = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-7", "cp037", "utf-8-sig")
    name = random.choice(names)
    told = random.choice((name, *names, "no-such", None))
    declared = f'<?xml version="1.0" encoding="{told}"?>' if told else ""
    return (declared + body.decode("utf-8", "replace")).encode(name, "xmlcharrefreplace")


def prologue(random: Random, body: bytes) -> bytes:
    return random.choice(PROLOGUES) + body


BYTES: tuple[Callable[[Random, bytes], bytes], ...] = (flip, cut, insert, repeat, encoding, prologue)


def written(random: Random, root: Any) -> bytes:
    """The bytes of a tree, with the characters that no tree can hold."""
    style = random.choice(({}, {}, {"xml_declaration": True}, {"encoding": "ascii"}, {"pretty_print": True}))
    body = etree.tostring(root, **{"encoding": "utf-8", **style})
    for mark in (_MARK.encode(), f"&#{ord(_MARK)};".encode()):
        body = body.replace(mark, random.choice(_FORBIDDEN))
    return body


def content_type(random: Random, soap: str) -> str:
    """The right Content-Type most of the time."""
    return CONTENT_TYPES[soap] if random.random() < 0.9 else random.choice(WRONG_TYPES)
