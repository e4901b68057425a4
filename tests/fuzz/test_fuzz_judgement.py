"""The fuzzer finds what it looks for."""

import pytest
from fuzz_mutants import Mutant, complaint, mutant
from fuzz_requests import SOAP11, SOAP12
from fuzz_schema import services
from test_fuzz_over_http import exceptions_in

from tmsba.domain.errors import SystemNotFound

BOOKING, SETUP = services()
XML11 = {"Content-Type": "text/xml; charset=utf-8"}
XML12 = {"Content-Type": "application/soap+xml; charset=utf-8"}
CODE = f'<errorcode xmlns="http://tandberg.net/2004/02/tms/external/exception/">{SystemNotFound.code}</errorcode>'
FAULT = (
    "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>No.</faultstring>"
    f"<detail>{CODE}</detail></soap:Fault>"
)


def sent(soap: str = SOAP11, service=SETUP) -> Mutant:
    body = f'<s:Envelope xmlns:s="{soap}"><s:Body/></s:Envelope>'.encode()
    kind = "text/xml" if soap == SOAP11 else "application/soap+xml"
    return Mutant("0/0", service, kind, body, ())


def answer(body: str, soap: str = SOAP11, header: str = "") -> bytes:
    head = f"<soap:Header>{header}</soap:Header>" if header else ""
    return f'<soap:Envelope xmlns:soap="{soap}">{head}<soap:Body>{body}</soap:Body></soap:Envelope>'.encode()


def alive(result: str = "<IsAliveResult>true</IsAliveResult>") -> str:
    return f'<IsAliveResponse xmlns="{SETUP.namespace}">{result}</IsAliveResponse>'


def version(number: int) -> str:
    name = "ExternalAPIVersionSoapHeader"
    return f'<{name} xmlns="{SETUP.namespace}"><ClientVersionIn>{number}</ClientVersionIn></{name}>'


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, XML11, answer(alive(), header=version(23))),
        (200, XML11, answer(alive(""))),
        (500, XML11, answer(FAULT)),
        (413, {}, b"too long"),
    ],
)
def test_right_answers_are_right(status, headers, body):
    assert complaint(sent(), status, headers, body) is None


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (502, XML11, answer(FAULT)),
        (204, XML11, b""),
        (200, XML11, b"<a>"),
        (200, XML11, b"<html/>"),
        (200, XML12, answer(alive())),
        (200, XML12, answer(alive(), SOAP12)),
        (200, XML11, answer("")),
        (200, XML11, answer(FAULT)),
        (200, XML11, answer(alive() * 2)),
        (200, XML11, answer(alive("<IsAliveResult>yes</IsAliveResult>"))),
        (200, XML11, answer(alive("<Other/>"))),
        (200, XML11, answer(alive(""), header=version(23))),
        (500, XML11, answer(alive())),
        (500, XML11, answer(FAULT.replace("soap:Client", "soap:Sender"))),
        (500, XML11, answer(FAULT.replace("soap:Client", "Client"))),
        (500, XML11, answer(FAULT.replace("No.", ""))),
        (500, XML11, answer(FAULT.replace(CODE, ""))),
        (500, XML11, answer(FAULT.replace(str(SystemNotFound.code), "-5"))),
        (500, XML11, answer(FAULT.replace("No.", "Traceback (most recent call last)"))),
        (500, XML12, answer(FAULT, SOAP12)),
        (500, {"Content-Type": "text/html"}, answer(FAULT)),
    ],
)
def test_wrong_answers_are_noticed(status, headers, body):
    assert complaint(sent(), status, headers, body) is not None


def test_an_exception_in_the_log_is_noticed():
    failed = '{"event": "request_failed", "exception": "E"}'
    log = f'Listening\n{{"event": "request"}}\n{failed}\nTraceback (most recent call last):\n'
    assert exceptions_in(log) == ["Traceback (most recent call last):", failed]


def test_a_mutant_is_the_same_for_the_same_numbers_and_no_other():
    bodies = [mutant(3, index).body for index in range(50)]
    assert bodies == [mutant(3, index).body for index in range(50)]
    assert len(set(bodies)) == 50


def test_every_operation_and_every_mutation_has_its_turn():
    mutants = [mutant(4, index) for index in range(3_000)]
    seen = b"".join(each.body for each in mutants if not each.trail)
    for service in services():
        for operation in service.operations:
            assert f"<{operation.name} xmlns".encode() in seen
    done = {name for each in mutants for name in each.trail}
    assert {"drop", "nil", "recursion", "foreign_header", "flip", "encoding", "prologue"} <= done
