"""What the published WSDL says about messages, read from the files and not from the server's own types."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

WSDL_FOLDER = Path(__file__).parents[2] / "wsdl"
XS = "{http://www.w3.org/2001/XMLSchema}"
_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"


@dataclass(frozen=True)
class Member:
    """One element of a type or message."""

    name: str
    #: Local name of its type.
    type_name: str
    is_required: bool
    is_repeated: bool


@dataclass(frozen=True)
class Operation:
    name: str
    headers: tuple[str, ...]


def _local(text: str) -> str:
    return text.rpartition(":")[2]


def _members(node: Any) -> tuple[Member, ...]:
    return tuple(
        Member(
            name=element.get("name"),
            type_name=_local(element.get("type")),
            is_required=element.get("minOccurs") == "1",
            is_repeated=element.get("maxOccurs") == "unbounded",
        )
        for element in node.iterfind(f"./{XS}sequence/{XS}element")
    )


class Service:
    """One service: its operations, its types, and whether an answer fits them."""

    def __init__(self, file: str, path: str) -> None:
        self.path = path
        root = etree.parse(WSDL_FOLDER / file).getroot()
        self.namespace: str = root.get("targetNamespace")
        # Written and read again, so that the schema has its prefixes without the document around it.
        self._schema = etree.fromstring(etree.tostring(root.find(f".//{XS}schema")))
        self.types: Mapping[str, tuple[Member, ...]] = {
            node.get("name"): _members(node) for node in self._schema.iterfind(f"{XS}complexType")
        }
        self.messages: Mapping[str, tuple[Member, ...]] = {
            node.get("name"): _members(node.find(f"{XS}complexType"))
            for node in self._schema.iterfind(f"{XS}element")
            if node.get("type") is None
        }
        self.values: Mapping[str, tuple[str, ...]] = {
            node.get("name"): tuple(value.get("value") for value in node.iter(f"{XS}enumeration"))
            for node in self._schema.iterfind(f"{XS}simpleType")
        }
        binding = root.find(f"{_WSDL}binding")
        self.operations = tuple(
            Operation(
                node.get("name"),
                tuple(header.get("part") for header in node.iterfind(f"{_WSDL}input/{_SOAP}header")),
            )
            for node in binding.iterfind(f"{_WSDL}operation")
        )
        self._strict = etree.XMLSchema(self._schema)
        for element in self._schema.iterfind(f".//{XS}sequence/{XS}element"):
            # Before a wildcard, an optional element would be ambiguous.
            if element.getnext() is None or element.getnext().tag != f"{XS}any":
                element.set("minOccurs", "0")
        self._lenient = etree.XMLSchema(self._schema)

    def complaint_about(self, element: Any, *, is_filtered: bool) -> str | None:
        """What is wrong with an element of an answer, by the schema.

        Args:
            element: A child of the header or the body.
            is_filtered: Whether the client is so old that it gets less than the schema requires.
        """
        schema = self._lenient if is_filtered else self._strict
        if schema.validate(etree.fromstring(etree.tostring(element))):
            return None
        return str(schema.error_log.last_error)


@cache
def services() -> tuple[Service, Service]:
    base = "/tms/external/booking/"
    return (
        Service("bookingservice.wsdl", f"{base}bookingservice.asmx"),
        Service("remotesetupservice.wsdl", f"{base}remotesetup/remotesetupservice.asmx"),
    )
