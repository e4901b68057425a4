"""The protocol of both services: SOAP 1.1 and 1.2 on one address.

The envelope's namespace tells the version, whatever the Content-Type says, and the answer has the
same one. The element in the body tells the operation; SOAPAction is not looked at. What Spyne asks a
protocol to do is done with our own reader and writer: Spyne's are slow on hostile input and write
other XML than ASP.NET.

Source: TMSBA guide, The SOAP Header; SOAP 1.1, section 4; SOAP 1.2 part 1, section 5.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from lxml import etree
from spyne.protocol import ProtocolBase

from tmsba.soap.wire import versions
from tmsba.soap.wire.contract import Contract
from tmsba.soap.wire.dates import EARLIEST
from tmsba.soap.wire.envelope import Content, empty_envelope, envelope_bytes, result_envelope
from tmsba.soap.wire.errors import BadRequest
from tmsba.soap.wire.faults import DetailStyle, ReportedFault, SoapVersion, report_of, write_fault
from tmsba.soap.wire.parser import parse
from tmsba.soap.wire.plan import Kind, Member, plan_of
from tmsba.soap.wire.reader import read_members
from tmsba.soap.wire.writer import element_of, object_writer, pieces_of

_R = TypeVar("_R")


@dataclass(slots=True)
class Exchange:
    """One request and what becomes of it; Spyne carries it along as the user defined context."""

    body: bytes
    content_type: str
    #: The address the request was sent to, as the client sees it.
    url: str
    request_id: str
    #: Who calls, as the authentication says.
    caller: Any = None
    version: SoapVersion = SoapVersion.V11
    #: The operation as the request spells it.
    request_name: str = ""
    #: Members of the headers that were sent, by the class name of the header.
    headers: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Why the request cannot be served at all, found out before it was looked at.
    failure: Exception | None = None
    #: A session id that the answer hands to the client.
    renewed_session: str | None = None

    @property
    def client_language(self) -> str:
        """The language in which the client wants to read errors, as it says so; blank for English."""
        return str(self.headers.get("ContextHeader", {}).get("ClientLanguage", ""))

    @property
    def client_version(self) -> int:
        """The API version for which the answer is filtered."""
        header = self.headers.get("ExternalAPIVersionSoapHeader", {})
        return versions.announced(header.get("ClientVersionIn"))


def _reported(step: Callable[..., _R]) -> Callable[..., _R]:
    """Make a step of the protocol raise nothing but faults, the only exceptions Spyne passes on."""

    @wraps(step)
    def reported(self: Any, ctx: Any, *args: Any, **kwargs: Any) -> _R:
        try:
            return step(self, ctx, *args, **kwargs)
        except Exception as error:
            raise ReportedFault(report_of(error, ctx.udc.request_id)) from error

    return reported


def _version_of(root: etree._Element) -> SoapVersion:
    name = etree.QName(root)
    if name.localname != "Envelope":
        raise BadRequest("The request is a {name} element. Post a SOAP envelope.", name=name.localname[:80])
    for version in SoapVersion:
        if name.namespace == version.namespace:
            return version
    known = " or ".join(version.namespace for version in SoapVersion)
    raise BadRequest("The envelope's namespace is no version of SOAP known here. Use {known}.", known=known)


def _default(member: Member) -> Any:
    """What a handler gets for a parameter that the request leaves out."""
    if member.is_repeated:
        return []
    if member.kind is Kind.MOMENT:
        return EARLIEST
    return member.wire_type.Attributes.default


class SoapProtocol(ProtocolBase):
    """Reads envelopes of both versions and writes the answers."""

    mime_type = SoapVersion.V11.content_type

    def __init__(self, contract: Contract, detail_style: DetailStyle) -> None:
        super().__init__()
        self._contract = contract
        self._detail_style = detail_style
        self._xmlns = f' xmlns="{contract.namespace}"'
        self._aliases = {
            self._tag(alias): self._tag(name) for alias, name in contract.operation_aliases.items()
        }

    def _tag(self, name: str) -> str:
        return f"{{{self._contract.namespace}}}{name}"

    @_reported
    def create_in_document(self, ctx: Any, charset: str | None = None) -> None:  # noqa: ARG002 (Spyne's)
        """Parse the body and find the SOAP version."""
        exchange: Exchange = ctx.udc
        if "application/soap+xml" in exchange.content_type.lower():
            exchange.version = SoapVersion.V12  # for the fault, should the body tell no version
        ctx.in_document = parse(exchange.body, exchange.content_type)
        exchange.version = _version_of(ctx.in_document)
        if exchange.failure is not None:
            raise exchange.failure

    @_reported
    def decompose_incoming_envelope(self, ctx: Any, message: Any = None) -> None:  # noqa: ARG002
        """Find the headers, the element in the body, and the operation it names."""
        soap = f"{{{ctx.udc.version.namespace}}}"
        header = ctx.in_document.find(f"{soap}Header")
        body = ctx.in_document.find(f"{soap}Body")
        if body is None or len(body) == 0:
            raise BadRequest("The envelope has nothing in its Body. Put the element of an operation there.")
        ctx.in_header_doc = header if header is not None else []
        ctx.in_body_doc = body[0]
        ctx.method_request_string = self._operation(body[0].tag)
        ctx.udc.request_name = etree.QName(body[0]).localname

    def _operation(self, tag: str) -> str:
        tag = self._aliases.get(tag, tag)
        if tag not in self.app.interface.service_method_map:
            name = etree.QName(tag).localname
            if name in self._contract.operations:
                raise BadRequest(
                    "{service} has no operation {name} in that namespace. Its namespace must be {namespace}.",
                    service=self._contract.name,
                    name=name,
                    namespace=self._contract.namespace,
                )
            raise BadRequest(
                "{service} has no operation {name}. The WSDL lists the operations.",
                service=self._contract.name,
                name=name[:80],
            )
        return tag

    @_reported
    def deserialize(self, ctx: Any, message: Any) -> None:  # noqa: ARG002
        """Read the headers and the parameters."""
        namespace = self._contract.namespace
        wanted = {self._tag(header.get_type_name()): header for header in ctx.descriptor.in_header or ()}
        try:
            for element in ctx.in_header_doc:
                if element.tag in wanted:
                    header = wanted[element.tag]
                    ctx.udc.headers[header.get_type_name()] = read_members(element, header, namespace)
            ctx.in_object = self._parameters(ctx)
        except RecursionError:
            raise BadRequest("The request is nested too deeply.") from None

    def _parameters(self, ctx: Any) -> list[Any]:
        message = ctx.descriptor.in_message
        spellings = self._contract.parameter_aliases.get(ctx.descriptor.name, {})
        aliases = {self._tag(alias): self._tag(name) for alias, name in spellings.items()}
        given = read_members(ctx.in_body_doc, message, self._contract.namespace, aliases)
        members = plan_of(message, self._contract.namespace).members
        return [given[member.name] if member.name in given else _default(member) for member in members]

    def serialize(self, ctx: Any, message: Any) -> None:  # noqa: ARG002
        """Write the answer, or the fault when there was an error before its first bytes are handed on."""
        if ctx.out_error is None:
            try:
                ctx.out_document = self._answer(ctx)
            except Exception as error:
                ctx.out_error = ReportedFault(report_of(error, ctx.udc.request_id))
        if ctx.out_error is not None:
            ctx.out_document = self._fault(ctx)

    def _answer(self, ctx: Any) -> Content:
        exchange: Exchange = ctx.udc
        message = ctx.descriptor.out_message
        results = dict(zip(message._type_info, ctx.out_object, strict=False))  # noqa: SLF001
        writer = object_writer(message, self._contract.namespace, exchange.client_version)
        answer = pieces_of(f"{exchange.request_name}Response", writer.pieces(results), self._xmlns)
        return result_envelope(exchange.version.namespace, self._headers(ctx), answer)

    def _headers(self, ctx: Any) -> list[str]:
        """The header elements of an answer."""
        exchange: Exchange = ctx.udc
        headers = {**exchange.headers, "VersionSoapHeader": {"ConfAPIVersion": versions.SERVER_VERSION}}
        version_header = headers.get("ExternalAPIVersionSoapHeader")
        if version_header is not None and exchange.renewed_session is not None:
            headers["ExternalAPIVersionSoapHeader"] = {
                **version_header,
                "ClientSession": exchange.renewed_session,
            }
        return [
            self._header(wire_type, headers[wire_type.get_type_name()])
            for wire_type in ctx.descriptor.out_header or ()
            if wire_type.get_type_name() in headers
        ]

    def _header(self, wire_type: Any, members: dict[str, Any]) -> str:
        # Headers go back as they came, so they are written for the newest version.
        writer = object_writer(wire_type, self._contract.namespace, versions.SERVER_VERSION)
        return element_of(wire_type.get_type_name(), writer.members(members), self._xmlns)

    def _fault(self, ctx: Any) -> Content:
        exchange: Exchange = ctx.udc
        envelope = empty_envelope(exchange.version.namespace)
        write_fault(
            etree.SubElement(envelope, f"{{{exchange.version.namespace}}}Body"),
            report_of(ctx.out_error, exchange.request_id),
            version=exchange.version,
            url=exchange.url,
            style=self._detail_style,
            language=exchange.client_language,
        )
        return Content(envelope_bytes(envelope))

    def create_out_string(self, ctx: Any, charset: str | None = None) -> None:  # noqa: ARG002
        """Hand out the answer, which is bytes already."""
        ctx.out_string = ctx.out_document.pieces()
