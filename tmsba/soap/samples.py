"""Sample messages for the service pages, as ASP.NET shows them: types and values as placeholders.

Integrators copy their first request from there, so the samples have every element in order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from tmsba.soap.wire.contract import Contract
from tmsba.soap.wire.faults import SoapVersion
from tmsba.soap.wire.plan import Kind, Member, plan_of

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XSD = "http://www.w3.org/2001/XMLSchema"


@dataclass(frozen=True, slots=True)
class SamplePair:
    """A request and its answer in one version of SOAP."""

    title: str
    content_type: str
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class OperationPage:
    """What the service page tells about an operation."""

    name: str
    documentation: str
    soap_action: str
    samples: tuple[SamplePair, ...]


class _Sample:
    """Fills elements with placeholders; a class inside itself is cut short."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._open: list[str] = []

    def members(self, parent: etree._Element, wire_type: Any) -> None:
        for member in plan_of(wire_type, self._namespace).members:
            # Two items show that an element may be repeated.
            for _ in range(2 if member.is_repeated else 1):
                self._member(etree.SubElement(parent, member.tag), member)

    def _member(self, element: etree._Element, member: Member) -> None:
        if member.kind not in (Kind.OBJECT, Kind.ARRAY):
            element.text = " or ".join(member.values) if member.values else member.type_name
        elif member.type_name in self._open:
            element.set(f"{{{_XSI}}}nil", "true")
        else:
            self._open.append(member.type_name)
            self.members(element, member.wire_type)
            self._open.pop()


def _envelope(contract: Contract, version: SoapVersion, message: Any, headers: tuple[Any, ...]) -> str:
    soap = f"{{{version.namespace}}}"
    nsmap: dict[Any, str] = {"xsi": _XSI, "xsd": _XSD, "soap": version.namespace}
    own: dict[Any, str] = {None: contract.namespace}
    envelope = etree.Element(f"{soap}Envelope", nsmap=nsmap)
    header = etree.SubElement(envelope, f"{soap}Header") if headers else envelope
    body = etree.SubElement(envelope, f"{soap}Body")
    for parent, wire_type in (*((header, h) for h in headers), (body, message)):
        tag = f"{{{contract.namespace}}}{wire_type.get_type_name()}"
        _Sample(contract.namespace).members(etree.SubElement(parent, tag, nsmap=own), wire_type)
    etree.indent(envelope)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{etree.tostring(envelope, encoding="unicode")}\n'


def _pair(contract: Contract, descriptor: Any, version: SoapVersion, title: str) -> SamplePair:
    return SamplePair(
        title=title,
        content_type=version.content_type,
        request=_envelope(contract, version, descriptor.in_message, descriptor.in_header or ()),
        response=_envelope(contract, version, descriptor.out_message, descriptor.out_header or ()),
    )


def operation_pages(contract: Contract) -> Mapping[str, OperationPage]:
    """What the pages tell about all operations of a service, by name."""
    titles = {"SOAP 1.1": SoapVersion.V11, "SOAP 1.2": SoapVersion.V12}
    return {
        name: OperationPage(
            name=name,
            documentation=descriptor.doc,
            soap_action=f"{contract.namespace}{name}",
            samples=tuple(_pair(contract, descriptor, v, title) for title, v in titles.items()),
        )
        for name, descriptor in contract.operations.items()
    }
