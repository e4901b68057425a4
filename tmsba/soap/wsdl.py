"""Write the WSDL of a service in the shape ASP.NET gives it.

Clients of real servers were built from that shape, down to the names of messages and the order of
types, so it is written from the declarations directly. The document is made once with a placeholder
for the address: one made for the address of the first request would send later clients there.
"""

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from tmsba.soap.wire.contract import Contract
from tmsba.soap.wire.plan import Kind, Member, plan_of

_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_XSD = "http://www.w3.org/2001/XMLSchema"
_BINDINGS: dict[Any, str] = {
    "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "soap12": "http://schemas.xmlsoap.org/wsdl/soap12/",
}
_HTTP_TRANSPORT = "http://schemas.xmlsoap.org/soap/http"
_ADDRESS = "ADDRESS-OF-THE-SERVICE"

#: Headers that may carry attributes, and those that may carry elements, which nobody has declared.
_OPEN_ATTRIBUTES = frozenset({"ExternalAPIVersionSoapHeader", "ContextHeader", "VersionSoapHeader"})
_OPEN_ELEMENTS = frozenset({"VersionSoapHeader"})


def _w(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_WSDL}}}{tag}", attributes)


def _s(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_XSD}}}{tag}", attributes)


def _headers(descriptor: Any) -> dict[str, Any]:
    """The headers of an operation, those of the request first, each once."""
    both = (*(descriptor.in_header or ()), *(descriptor.out_header or ()))
    return {header.get_type_name(): header for header in both}


class _Schema:
    """The schema of a service: elements of operations, with their types behind them."""

    def __init__(self, parent: etree._Element, namespace: str) -> None:
        self._namespace = namespace
        self._node = _s(parent, "schema", elementFormDefault="qualified", targetNamespace=namespace)
        self._seen: set[str] = set()

    def message(self, message: Any) -> None:
        """The element of a request or an answer, with an anonymous type."""
        element = _s(self._node, "element", name=message.get_type_name())
        members = self._members(_s(element, "complexType"), message)
        self._types(members)

    def header(self, name: str, wire_type: Any) -> None:
        """The element of a header, with a named type."""
        if name not in self._seen:
            _s(self._node, "element", name=name, type=f"tns:{name}")
            self._type(name, wire_type)

    def _members(self, parent: etree._Element, wire_type: Any) -> tuple[Member, ...]:
        members = plan_of(wire_type, self._namespace).members
        if members:
            sequence = _s(parent, "sequence")
            for member in members:
                self._member(sequence, member)
        return members

    def _member(self, sequence: etree._Element, member: Member) -> None:
        named = member.kind in (Kind.OBJECT, Kind.ARRAY, Kind.CHOICE, Kind.FLAGS)
        attributes = {
            "minOccurs": "1" if member.is_required else "0",
            "maxOccurs": "unbounded" if member.is_repeated else "1",
            "name": member.name,
        }
        if member.is_nillable:
            attributes["nillable"] = "true"
        attributes["type"] = f"{'tns' if named else 's'}:{member.type_name}"
        _s(sequence, "element", **attributes)

    def _types(self, members: tuple[Member, ...]) -> None:
        for member in members:
            if member.type_name in self._seen:
                continue
            if member.kind in (Kind.OBJECT, Kind.ARRAY):
                self._type(member.type_name, member.wire_type)
            elif member.kind in (Kind.CHOICE, Kind.FLAGS):
                self._enumeration(member)

    def _type(self, name: str, wire_type: Any) -> None:
        self._seen.add(name)
        node = _s(self._node, "complexType", name=name)
        members = self._members(node, wire_type)
        if name in _OPEN_ELEMENTS:
            _s(node[0], "any", minOccurs="0", maxOccurs="unbounded")
        if name in _OPEN_ATTRIBUTES:
            _s(node, "anyAttribute")
        self._types(members)

    def _enumeration(self, member: Member) -> None:
        self._seen.add(member.type_name)
        node = _s(self._node, "simpleType", name=member.type_name)
        if member.kind is Kind.FLAGS:
            node = _s(_s(node, "list"), "simpleType")
        restriction = _s(node, "restriction", base="s:string")
        for value in member.values:
            _s(restriction, "enumeration", value=value)


class Wsdl:
    """The WSDL of one service."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        root = self._definitions()
        etree.indent(root)
        text = etree.tostring(root, encoding="unicode")
        self._before, *self._between, self._after = text.split(_ADDRESS)

    def render(self, address: str) -> bytes:
        """The document, with the address at which its reader reaches the service."""
        parts = (self._before, *self._between, self._after)
        text = escape(address, {'"': "&quot;"}).join(parts)
        return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()

    def _definitions(self) -> etree._Element:
        namespace = self._contract.namespace
        nsmap: dict[Any, str] = {"wsdl": _WSDL, "s": _XSD, "tns": namespace, **_BINDINGS}
        root = etree.Element(f"{{{_WSDL}}}definitions", {"targetNamespace": namespace}, nsmap)
        _w(root, "documentation").text = self._contract.documentation
        self._types(_w(root, "types"))
        for name, descriptor in self._contract.operations.items():
            self._messages(root, name, descriptor)
        self._port_type(root)
        for prefix, port in self._ports():
            self._binding(root, prefix, port)
        self._service(root)
        return root

    def _ports(self) -> Iterator[tuple[str, str]]:
        yield "soap", f"{self._contract.name}Soap"
        yield "soap12", f"{self._contract.name}Soap12"

    def _types(self, types: etree._Element) -> None:
        schema = _Schema(types, self._contract.namespace)
        for descriptor in self._contract.operations.values():
            schema.message(descriptor.in_message)
            schema.message(descriptor.out_message)
            for name, header in _headers(descriptor).items():
                schema.header(name, header)

    def _messages(self, root: etree._Element, name: str, descriptor: Any) -> None:
        for suffix, message in (("SoapIn", descriptor.in_message), ("SoapOut", descriptor.out_message)):
            node = _w(root, "message", name=f"{name}{suffix}")
            _w(node, "part", name="parameters", element=f"tns:{message.get_type_name()}")
        for header in _headers(descriptor):
            node = _w(root, "message", name=f"{name}{header}")
            _w(node, "part", name=header, element=f"tns:{header}")

    def _port_type(self, root: etree._Element) -> None:
        port_type = _w(root, "portType", name=f"{self._contract.name}Soap")
        for name, descriptor in self._contract.operations.items():
            operation = _w(port_type, "operation", name=name)
            _w(operation, "documentation").text = descriptor.doc
            _w(operation, "input", message=f"tns:{name}SoapIn")
            _w(operation, "output", message=f"tns:{name}SoapOut")

    def _binding(self, root: etree._Element, prefix: str, port: str) -> None:
        soap = f"{{{_BINDINGS[prefix]}}}"
        binding = _w(root, "binding", name=port, type=f"tns:{self._contract.name}Soap")
        etree.SubElement(binding, f"{soap}binding", transport=_HTTP_TRANSPORT)
        for name, descriptor in self._contract.operations.items():
            operation = _w(binding, "operation", name=name)
            action = f"{self._contract.namespace}{name}"
            etree.SubElement(operation, f"{soap}operation", soapAction=action, style="document")
            for side, headers in (("input", descriptor.in_header), ("output", descriptor.out_header)):
                node = _w(operation, side)
                etree.SubElement(node, f"{soap}body", use="literal")
                for header in headers or ():
                    part = header.get_type_name()
                    attributes = {"message": f"tns:{name}{part}", "part": part, "use": "literal"}
                    etree.SubElement(node, f"{soap}header", attributes)

    def _service(self, root: etree._Element) -> None:
        service = _w(root, "service", name=self._contract.name)
        _w(service, "documentation").text = self._contract.documentation
        for prefix, port in self._ports():
            node = _w(service, "port", name=port, binding=f"tns:{port}")
            etree.SubElement(node, f"{{{_BINDINGS[prefix]}}}address", location=_ADDRESS)
