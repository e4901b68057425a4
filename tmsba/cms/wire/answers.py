"""The bridge's XML answers, read by a closed parser and with a forgiving eye.

Elements may be missing, in any order and in any letter case; unknown ones are ignored. Document types are
refused, and with them entities of every kind. "Node" is an XML element with the bridge's id in it.
"""

from dataclasses import dataclass

from lxml import etree

from tmsba.cms.wire.errors import AnswerNotUnderstood


class Node:
    """One object of an answer, such as a `<coSpace id="...">` with its values as child elements."""

    __slots__ = ("_element",)

    def __init__(self, element: etree._Element) -> None:
        self._element = element

    @property
    def id(self) -> str | None:
        """The object's id, or None when the element has none."""
        return self.attribute("id") or self.text("id")

    def attribute(self, name: str) -> str | None:
        """Return the value of an attribute, in any letter case, or None when it is missing or empty."""
        for known, value in self._element.attrib.items():
            if str(known).lower() == name.lower():
                return str(value).strip() or None
        return None

    def child(self, name: str) -> "Node | None":
        """Return the first child element of that name, in any letter case."""
        for element in self._element:
            if _name(element) == name.lower():
                return Node(element)
        return None

    @property
    def value(self) -> str | None:
        """The element's own text without the spaces around it, or None when it is empty."""
        return (self._element.text or "").strip() or None

    @property
    def values(self) -> dict[str, str]:
        """The values of all child elements, by their names in small letters; empty ones are left out."""
        children = [(_name(element), Node(element).value) for element in self._element]
        return {name: value for name, value in children if value is not None}

    def text(self, name: str) -> str | None:
        """Return the value of a child element, or None when it is missing or empty."""
        child = self.child(name)
        return child.value if child is not None else None

    def number(self, name: str) -> int | None:
        """Return a number of at most 18 digits, or None when it is missing or something else."""
        text = self.text(name) or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None

    def boolean(self, name: str) -> bool | None:
        """Return a truth value, or None when it is missing or neither `true` nor `false`."""
        return {"true": True, "false": False}.get((self.text(name) or "").lower())


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and how long the bridge says the whole list is."""

    #: Objects in the whole list; None when the bridge does not say.
    total: int | None
    nodes: tuple[Node, ...]


def read_object(body: bytes, item: str, wanted_id: str | None = None) -> Node:
    """Read the answer that shows one object.

    The reference wraps some single objects into a list of one (6.7.6) where the traces show them bare;
    both are read.

    Args:
        body: The answer.
        item: The expected element, such as `coSpace`.
        wanted_id: Picks the object when the answer is a list.

    Raises:
        AnswerNotUnderstood: The answer is not XML or shows something else.
    """
    root = _root(body)
    if _name(root) == item.lower():
        return Node(root)
    if _name(root) == f"{item}s".lower():
        nodes = _items(root, item)
        for node in nodes:
            if node.id == wanted_id:
                return node
        if len(nodes) == 1 and nodes[0].id is None:
            return nodes[0]
    raise _unexpected(root, item)


def read_page(body: bytes, item: str) -> Page:
    """Read one page of a list, such as `<coSpaces total="53">` with `<coSpace>` elements.

    Source: CMS API reference, 4.2.1.

    Raises:
        AnswerNotUnderstood: The answer is not XML or is not a list of such elements.
    """
    root = _root(body)
    if _name(root) != f"{item}s".lower():
        raise _unexpected(root, f"{item}s")
    total = (root.get("total") or "").strip()
    is_number = total.isascii() and total.isdigit() and len(total) <= 18
    return Page(int(total) if is_number else None, _items(root, item))


def read_list(body: bytes, name: str, item: str) -> tuple[Node, tuple[Node, ...]]:
    """Read a list that is not one of the API's pages: its own element, and the elements in it.

    Raises:
        AnswerNotUnderstood: The text is not XML or is not such a list.
    """
    root = _root(body)
    if _name(root) != name.lower():
        raise _unexpected(root, name)
    return Node(root), _items(root, item)


def failure_reasons(body: bytes) -> tuple[str, ...]:
    """Return the failure codes of a refusal, or nothing when the body does not hold any.

    Source: CMS API reference, 4.1 and 4.6.
    """
    try:
        root = _root(body)
    except AnswerNotUnderstood:
        return ()
    if _name(root) != "failuredetails":
        return ()
    return tuple(str(etree.QName(element).localname)[:80] for element in root)


def _root(body: bytes) -> etree._Element:
    # A parser per answer: lxml's parsers hold a lock, and the threads of two bridges must not share it.
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    # Before the parser sees it: libxml2 expands entities in attributes whatever resolve_entities says.
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise AnswerNotUnderstood("The bridge's answer holds a document type, which is not allowed.")
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise AnswerNotUnderstood("The bridge's answer is not well-formed XML.") from None
    # And after it, for encodings in which the bytes above look different.
    document_type: object = root.getroottree().docinfo.internalDTD
    if document_type is not None:
        raise AnswerNotUnderstood("The bridge's answer holds a document type, which is not allowed.")
    return root


def _items(root: etree._Element, item: str) -> tuple[Node, ...]:
    return tuple(Node(element) for element in root if _name(element) == item.lower())


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname).lower()


def _unexpected(root: etree._Element, expected: str) -> AnswerNotUnderstood:
    found = _name(root)[:40]
    return AnswerNotUnderstood(f"The bridge answered with <{found}> instead of <{expected}>.")
