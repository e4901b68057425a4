"""A service in action: the contract, the handlers of its operations, and the way from bytes to bytes.

Nothing here knows HTTP; ``tmsba.wsgi`` does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from spyne import Application, MethodContext
from spyne.interface import InterfaceDocuments
from spyne.server import ServerBase

from tmsba.domain.errors import TmsbaError
from tmsba.soap.samples import OperationPage, operation_pages
from tmsba.soap.wire.contract import Contract
from tmsba.soap.wire.envelope import Content
from tmsba.soap.wire.errors import NotOffered
from tmsba.soap.wire.faults import DetailStyle, ReportedFault, report_of
from tmsba.soap.wire.protocol import Exchange, SoapProtocol
from tmsba.soap.wsdl import Wsdl


@dataclass(slots=True)
class Call:
    """What a handler knows about a call besides its parameters."""

    exchange: Exchange
    #: The operation as the WSDL spells it.
    operation: str

    @property
    def caller(self) -> Any:
        """Who calls, as the authentication says."""
        return self.exchange.caller

    @property
    def request_id(self) -> str:
        """The id of the request in all logs."""
        return self.exchange.request_id

    @property
    def client_version(self) -> int:
        """The API version the client announced, within what this server knows."""
        return self.exchange.client_version

    @property
    def client_language(self) -> str:
        """The ClientLanguage of the call, blank when there was none."""
        return self.exchange.client_language

    @property
    def version_header(self) -> Mapping[str, Any]:
        """The members of ExternalAPIVersionSoapHeader that were sent."""
        return self.exchange.headers.get("ExternalAPIVersionSoapHeader", {})

    @property
    def client_session(self) -> str:
        """The session id that was sent, blank when there was none."""
        return str(self.version_header.get("ClientSession", "")).strip()

    @property
    def context_header(self) -> Mapping[str, Any]:
        """The members of ContextHeader that were sent."""
        return self.exchange.headers.get("ContextHeader", {})

    def renew_session(self, session: str) -> None:
        """Hand the client a new session id in the header of the answer."""
        self.exchange.renewed_session = session


#: Told who called which operation, and the documented error that it ended with.
OnError = Callable[[Any, str, TmsbaError], None]

#: What an operation does: gets the call and the parameters by their wire names, gives the result.
Handler = Callable[..., Any]


def nobody_told(caller: Any, operation: str, error: TmsbaError) -> None:
    """Stands in where nobody wants to know of errors."""


def _not_offered(call: Call, **_: Any) -> None:
    """Stands in for handlers that are missing."""
    raise NotOffered(call.operation)


class _NoDocuments(InterfaceDocuments):
    """Keeps Spyne from writing a WSDL of its own."""

    def __init__(self, interface: Any) -> None:
        super().__init__(interface)
        self.wsdl11 = None


class _Application(Application):
    """Calls the handlers."""

    handlers: Mapping[str, Handler]
    on_error: OnError

    def call_wrapper(self, ctx: Any) -> Any:
        """Call the handler of an operation; whatever it raises becomes a fault."""
        name = ctx.descriptor.name
        names = ctx.descriptor.in_message._type_info  # noqa: SLF001 (Spyne has no other way)
        handler: Handler = self.handlers.get(name, _not_offered)
        try:
            return handler(Call(ctx.udc, name), **dict(zip(names, ctx.in_object, strict=True)))
        except Exception as error:
            if isinstance(error, TmsbaError):
                self.on_error(ctx.udc.caller, name, error)
            raise ReportedFault(report_of(error, ctx.udc.request_id)) from error


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back."""

    is_fault: bool
    content_type: str
    content: Content

    @property
    def body(self) -> bytes:
        """All of it as one; a long one can be had only once."""
        return b"".join(self.content.pieces())


class SoapService(ServerBase):
    """One of the two services, ready to answer requests."""

    transport = "http://schemas.xmlsoap.org/soap/http"

    def __init__(
        self,
        contract: Contract,
        handlers: Mapping[str, Handler],
        *,
        detail_style: DetailStyle = DetailStyle.BOTH,
        on_error: OnError = nobody_told,
    ) -> None:
        """Build the service.

        Args:
            contract: What the service offers.
            handlers: What its operations do, by their names in the WSDL. One that is missing answers
                with a fault that says so.
            detail_style: Which detail elements SOAP 1.2 faults have.
            on_error: Told of operations that end with a documented error; must not raise.

        Raises:
            ValueError: A handler is for no operation of the contract.
        """
        strangers = set(handlers) - set(contract.operations)
        if strangers:
            raise ValueError(f"{contract.name} has no operation {', '.join(sorted(strangers))}.")
        application = _Application(
            [contract.service],
            tns=contract.namespace,
            name=contract.name,
            in_protocol=SoapProtocol(contract, detail_style),
            out_protocol=SoapProtocol(contract, detail_style),
            documents_container=_NoDocuments,
        )
        application.handlers = dict(handlers)
        application.on_error = on_error
        super().__init__(application)
        self.contract = contract
        self.wsdl = Wsdl(contract)
        self.pages: Mapping[str, OperationPage] = operation_pages(contract)

    def answer(self, exchange: Exchange) -> Answer:
        """Answer one request; never raises for anything that the request holds.

        What goes wrong once a long answer has begun is raised where its rest is read.
        """
        ctx = MethodContext(self, MethodContext.SERVER)
        ctx.udc = exchange
        ctx = self.generate_contexts(ctx)[0]
        if ctx.in_error is None:
            self.get_in_object(ctx)
        if ctx.in_error is None:
            self.get_out_object(ctx)
        self.get_out_string(ctx)
        content: Content = ctx.out_document
        is_fault = ctx.out_error is not None
        ctx.close()
        return Answer(is_fault, exchange.version.content_type, content)
