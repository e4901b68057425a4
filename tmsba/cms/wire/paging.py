"""Whole lists from a bridge that hands them out in pages, while the list may change under our eyes."""

from collections.abc import Callable

from tmsba.cms.wire.answers import Node, Page
from tmsba.cms.wire.errors import AnswerNotUnderstood

#: With the bridge's 20 spaces to a page this is a hundred thousand spaces.
MAX_PAGES = 5000


def read_all(fetch: Callable[[int], Page]) -> list[Node]:
    """Return all objects of a list, each once.

    A page is a window on a list that others change: an object that goes moves the next one out of the
    window, a renamed one jumps. So objects are told apart by id, and a list that looks shifted is read
    once more from the start. If the second reading looks shifted too, both together are the answer; it
    may then name an object that has just gone.

    Args:
        fetch: Gives the page that begins at an offset. How much is on a page is the bridge's choice.

    Raises:
        AnswerNotUnderstood: The list has no end, or an object has no id.

    Source: CMS API reference, 4.2.2.
    """
    first, is_steady = _read_once(fetch)
    if is_steady:
        return list(first.values())
    second, is_steady = _read_once(fetch)
    return list(second.values() if is_steady else {**first, **second}.values())


def _read_once(fetch: Callable[[int], Page]) -> tuple[dict[str, Node], bool]:
    """Read the pages one after the other; also say whether the list stood still meanwhile."""
    seen: dict[str, Node] = {}
    totals: set[int | None] = set()
    offset = 0
    for _ in range(MAX_PAGES):
        page = fetch(offset)
        totals.add(page.total)
        offset += len(page.nodes)
        new = {_id(node): node for node in page.nodes if _id(node) not in seen}
        seen |= new
        # Without new ids the bridge has no more, or ignores the offset: more of the same would not help.
        if not new or (page.total is not None and offset >= page.total):
            # A list that shrank may have hidden an object although the count is right again.
            return seen, len(totals) == 1 and len(seen) >= (page.total or 0)
    raise AnswerNotUnderstood("The bridge's list has no end.")


def _id(node: Node) -> str:
    if node.id is None:
        raise AnswerNotUnderstood("The bridge lists an object without an id.")
    return node.id
