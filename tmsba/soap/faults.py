"""Turn exceptions into SOAP faults, and log those that are the server's.

The caller learns the documented code and a sentence, never a traceback. SOAP 1.2 has its detail
twice by default: real servers wrote an unqualified ``detail``, which half of the SOAP libraries do
not find, so the ``soap:Detail`` of the specification stands in front of it with the same children.

Source: TMSBA guide, Error Handling and Error Codes.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

import structlog
from lxml import etree
from spyne import Fault

from tmsba.domain.errors import TmsbaError, UnknownError
from tmsba.soap.types.simple import EXCEPTION
from tmsba.soap.writer import set_text

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


@dataclass(frozen=True, slots=True)
class Report:
    """What a caller is told about an error."""

    code: int
    sentence: str
    is_callers_fault: bool
    #: The session id that the client may use from now on, with session faults only.
    suggested_session: str | None = None


class ReportedFault(Fault):
    """An error on its way through Spyne, which lets nothing else pass unchanged."""

    def __init__(self, report: Report) -> None:
        super().__init__("Client" if report.is_callers_fault else "Server", report.sentence)
        self.report = report


def report_of(error: Exception, request_id: str) -> Report:
    """What to tell the caller about an exception; exceptions without a code are logged.

    Args:
        error: Any exception.
        request_id: The id under which the log can be searched; shown where nothing else can be.
    """
    if isinstance(error, ReportedFault):
        return error.report
    if isinstance(error, TmsbaError):
        session = getattr(error, "suggested_session", None)
        return Report(error.code, error.message, error.is_callers_fault, session)
    _log.error("request_failed", request_id=request_id, exc_info=error)
    return Report(
        UnknownError.code,
        f"The server failed to answer. Its log tells the reason under the request id {request_id}.",
        is_callers_fault=False,
    )


def _add(parent: etree._Element, tag: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, tag)
    if text is not None:
        set_text(element, text)
    return element


def _fill_detail(detail: etree._Element, report: Report) -> None:
    children = {"errorcode": str(report.code), "clientsessionid": report.suggested_session}
    for name, text in children.items():
        if text is not None:
            nsmap: dict[Any, str] = {None: EXCEPTION}
            set_text(etree.SubElement(detail, f"{{{EXCEPTION}}}{name}", nsmap=nsmap), text)


def _write_v11(fault: etree._Element, report: Report, url: str) -> None:
    # SOAP 1.1 has these four without a namespace.
    _add(fault, "faultcode", f"soap:{'Client' if report.is_callers_fault else 'Server'}")
    _add(fault, "faultstring", report.sentence)
    _add(fault, "faultactor", url)
    _fill_detail(_add(fault, "detail"), report)


def _write_v12(fault: etree._Element, report: Report, url: str, style: DetailStyle) -> None:
    soap = f"{{{SoapVersion.V12.namespace}}}"
    code = f"soap:{'Sender' if report.is_callers_fault else 'Receiver'}"
    _add(_add(fault, f"{soap}Code"), f"{soap}Value", code)
    _add(_add(fault, f"{soap}Reason"), f"{soap}Text", report.sentence).set(_XML_LANG, "en")
    _add(fault, f"{soap}Node", url)
    if style is not DetailStyle.TMS:
        _fill_detail(_add(fault, f"{soap}Detail"), report)
    if style is not DetailStyle.SPEC:
        _fill_detail(_add(fault, "detail"), report)


def write_fault(
    body: etree._Element, report: Report, *, version: SoapVersion, url: str, style: DetailStyle
) -> None:
    """Write a fault into the body of an envelope.

    Args:
        body: The body element, whose namespace has the prefix ``soap``.
        report: What to tell.
        version: The SOAP version of the envelope.
        url: The address the request was sent to, which stands for the node that failed.
        style: Which detail elements a SOAP 1.2 fault has.
    """
    fault = etree.SubElement(body, f"{{{version.namespace}}}Fault")
    if version is SoapVersion.V11:
        _write_v11(fault, report, url)
    else:
        _write_v12(fault, report, url, style)
