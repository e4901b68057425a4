"""What one kind of object is like that a bridge keeps as it was sent (CMS API reference, 4.2 to 4.5)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tmsba.simulator.kinds import Table
from tmsba.simulator.records import Record
from tmsba.simulator.xml import Fields

if TYPE_CHECKING:
    from tmsba.simulator.objects import Bridge

Shower = Callable[["Bridge", Record], Fields]
Checker = Callable[["Bridge", Record, Mapping[str, str]], None]
Changed = Callable[["Bridge"], None]
Made = Callable[["Bridge", Record], None]
EVERY_METHOD = ("GET", "POST", "PUT", "DELETE")


@dataclass(frozen=True)
class Kind:
    """One kind of object, as a row of the catalogue.

    Attributes:
        tag: The element name of one object.
        table: Its parameters with their checks.
        within: The collection and the element name of what each object belongs to, if it belongs to one.
        methods: What may be done with its objects, beside listing them.
        mandatory: The parameters that an object cannot be without.
        fixed: The parameters that only count when it is made.
        unique: The parameters that no two objects with one owner share, and the reasons why not.
        initial: Values of a new object for parameters that are not sent.
        shown: Values to show for parameters that are not set.
        listed: The parameters shown in the list; all unless given.
        hidden: The parameters that are never shown.
        searched: The parameters in which ``filter`` looks.
        filters: The parameters that a query ``<parameter>Filter`` compares.
        most: How many there may be with one owner, and the reason why there are not more.
        check: Refuses values that are right by themselves, but not for this object.
        more: Makes the elements shown beside the parameters.
        removable: Refuses to have one removed that cannot be.
        made: Is told of a new one.
        changed: Is told when one was changed or removed.
    """

    tag: str
    table: Table
    within: tuple[str, str] | None = None
    methods: Sequence[str] = EVERY_METHOD
    mandatory: Sequence[str] = ()
    fixed: Sequence[str] = ()
    unique: Mapping[str, str] | None = None
    initial: Mapping[str, str] | None = None
    shown: Mapping[str, str] | None = None
    listed: Sequence[str] | None = None
    hidden: Sequence[str] = ()
    searched: Sequence[str] = ("name",)
    filters: Sequence[str] = ()
    most: tuple[int, str] | None = None
    check: Checker | None = None
    more: Shower | None = None
    removable: Made | None = None
    made: Made | None = None
    changed: Changed | None = None

    @property
    def collection(self) -> str:
        """The element name of the collection."""
        return f"{self.tag}es" if self.tag.endswith("s") else f"{self.tag}s"

    @property
    def is_profile(self) -> bool:
        """Whether its list can be restricted to those that are used, or are not."""
        return self.tag.endswith("Profile")

    def fields(self, bridge: "Bridge", item: Record, *, in_list: bool = False) -> Fields:
        """Make what is shown of an object."""
        names = self.table if not in_list or self.listed is None else self.listed
        defaults = self.shown or {}
        own = [(name, item.values.get(name, defaults.get(name))) for name in names if name not in self.hidden]
        return [*own, *self.more(bridge, item)] if self.more else own
