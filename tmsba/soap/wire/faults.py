"""Turn exceptions into SOAP faults, and log those that are the server's.

The caller learns the documented code and a sentence, never a traceback. SOAP 1.2 has its detail
twice by default: real servers wrote an unqualified ``detail``, which half of the SOAP libraries do
not find, so the ``soap:Detail`` of the specification stands in front of it with the same children.

Source: TMSBA guide, Error Handling and Error Codes.
"""

from enum import Enum, StrEnum
from typing import Any

import structlog
from lxml import etree
from spyne import Fault

from tmsba.domain.errors import TmsbaError
from tmsba.i18n import Sentence, localise
from tmsba.soap.types.simple import EXCEPTION
from tmsba.soap.wire.errors import ServerFailure
from tmsba.soap.wire.writer import set_text

_log = structlog.get_logger(__name__)
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class SoapVersion(Enum):
    """A version of SOAP: its envelope namespace and the Content-Type of its messages."""

    V11 = ("http://schemas.xmlsoap.org/soap/envelope/", "text/xml; charset=utf-8")
    V12 = ("http://www.w3.org/2003/05/soap-envelope", "application/soap+xml; charset=utf-8")

    def __init__(self, namespace: str, content_type: str) -> None:
        self.namespace = namespace
        self.content_type = content_type


class DetailStyle(StrEnum):
    """Which detail elements a SOAP 1.2 fault has."""

    BOTH = "both"
    #: Only the unqualified one of real servers.
    TMS = "tms"
    #: Only that of the SOAP 1.2 specification.
    SPEC = "spec"


class ReportedFault(Fault):
    """An error on its way through Spyne, which lets nothing else pass unchanged."""

    def __init__(self, error: TmsbaError) -> None:
        super().__init__("Client" if error.is_callers_fault else "Server", error.message)
        self.error = error


def report_of(error: Exception, request_id: str) -> TmsbaError:
    """What to tell the caller about an exception; exceptions without a code are logged.

    Args:
        error: Any exception.
        request_id: The id under which the log can be searched; shown where nothing else can be.
    """
    if isinstance(error, ReportedFault):
        return error.error
    if isinstance(error, TmsbaError):
        return error
    _log.error("request_failed", request_id=request_id, exc_info=error)
    return ServerFailure(request_id)


def _add(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, tag)
    if text is not None:
        set_text(element, text)
    return element


def _fill_detail(detail: etree._Element, error: TmsbaError) -> None:
    session: str | None = getattr(error, "suggested_session", None)
    for name, text in (("errorcode", str(error.code)), ("clientsessionid", session)):
        if text is not None:
            nsmap: dict[Any, str] = {None: EXCEPTION}
            set_text(etree.SubElement(detail, f"{{{EXCEPTION}}}{name}", nsmap=nsmap), text)


def _write_v11(fault: etree._Element, error: TmsbaError, sentence: Sentence, url: str) -> None:
    # SOAP 1.1 has these four without a namespace.
    _add(fault, "faultcode", f"soap:{'Client' if error.is_callers_fault else 'Server'}")
    _add(fault, "faultstring", sentence.text)
    _add(fault, "faultactor", url)
    _fill_detail(_add(fault, "detail"), error)


def _write_v12(
    fault: etree._Element, error: TmsbaError, sentence: Sentence, url: str, style: DetailStyle
) -> None:
    soap = f"{{{SoapVersion.V12.namespace}}}"
    code = f"soap:{'Sender' if error.is_callers_fault else 'Receiver'}"
    _add(_add(fault, f"{soap}Code"), f"{soap}Value", code)
    _add(_add(fault, f"{soap}Reason"), f"{soap}Text", sentence.text).set(_XML_LANG, sentence.language)
    _add(fault, f"{soap}Node", url)
    if style is not DetailStyle.TMS:
        _fill_detail(_add(fault, f"{soap}Detail"), error)
    if style is not DetailStyle.SPEC:
        _fill_detail(_add(fault, "detail"), error)


def write_fault(
    body: etree._Element,
    error: TmsbaError,
    *,
    version: SoapVersion,
    url: str,
    style: DetailStyle,
    language: str = "",
) -> None:
    """Write a fault into the body of an envelope.

    Args:
        body: The body element, whose namespace has the prefix ``soap``.
        error: What to tell.
        version: The SOAP version of the envelope.
        url: The address the request was sent to, which stands for the node that failed.
        style: Which detail elements a SOAP 1.2 fault has.
        language: The ClientLanguage of the request.
    """
    fault = etree.SubElement(body, f"{{{version.namespace}}}Fault")
    sentence = localise(error, language)
    if version is SoapVersion.V11:
        _write_v11(fault, error, sentence, url)
    else:
        _write_v12(fault, error, sentence, url, style)
