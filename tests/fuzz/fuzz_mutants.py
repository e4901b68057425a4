"""Mutants by number, and the judgement of the answers to them."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from fuzz_mutations import BYTES, TREE, content_type, written
from fuzz_requests import CONTENT_TYPES, SOAP11, SOAP12, Requests
from fuzz_schema import Service, services
from lxml import etree

from tmsba.domain.errors import all_errors

#: A number that settles all mutants of a run.
SEED_VARIABLE = "TMSBA_FUZZ_SEED"
_EXCEPTION = "{http://tandberg.net/2004/02/tms/external/exception/}"
_CODES = {error.code for error in all_errors()}


def chosen_seed(usual: int | None = None) -> int:
    """The seed of the environment, else the usual one, else a new one; it is printed, for the next time."""
    random = secrets.randbelow(10**6) if usual is None else usual
    seed = int(os.environ.get(SEED_VARIABLE) or random)
    print(f"{SEED_VARIABLE}={seed}")
    return seed


@dataclass(frozen=True)
class Mutant:
    """A request that something was done to."""

    #: Seed and number, from which it can be made again.
    name: str
    service: Service
    content_type: str
    body: bytes
    #: What was done, in order.
    trail: tuple[str, ...]

    def __str__(self) -> str:
        shown = self.body if len(self.body) < 4000 else self.body[:4000] + b"..."
        return f"{self.name} {' '.join(self.trail)}\nContent-Type: {self.content_type}\n\n{shown!r}"


def mutant(seed: int, index: int) -> Mutant:
    """One mutant; the same for the same numbers on the same day."""
    random = Random(f"{seed}/{index}")
    service = random.choices(services(), weights=(4, 1))[0]
    soap = random.choice((SOAP11, SOAP12))
    root = Requests(random, service).envelope(soap)
    trail = []
    # One in twenty stays as it is: what is stored has to come from somewhere.
    if random.random() >= 0.05:
        for _ in range(random.choice((0, 1, 1, 1, 2, 3, 8))):
            step = random.choice(TREE)
            step(random, root)
            trail.append(step.__name__)
    body = written(random, root)
    if random.random() < (0.25 if trail else 0.1):
        for _ in range(random.choice((1, 1, 2))):
            change = random.choice(BYTES)
            body = change(random, body) or b" "
            trail.append(change.__name__)
    return Mutant(f"{seed}/{index}", service, content_type(random, soap), body, tuple(trail))


# ---------------------------------------------------------------- judgement


def complaint(sent: Mutant, status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """What is wrong with an answer; nothing when it is as it must be."""
    if b"Traceback" in body:
        return "a traceback"
    if 400 <= status < 500:
        return None
    if status not in (200, 500):
        return f"status {status}"
    try:
        root = etree.fromstring(body)
    except etree.XMLSyntaxError as error:
        return f"no XML: {error}"
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in CONTENT_TYPES:
        return f"no envelope but {name.text}"
    if name.namespace not in _versions(sent):
        return f"the wrong version {name.namespace}"
    if headers.get("Content-Type") != CONTENT_TYPES[name.namespace]:
        return f"Content-Type {headers.get('Content-Type')}"
    return _complaint_about_answer(sent, root) if status == 200 else _complaint_about_fault(root)


def _versions(sent: Mutant) -> set[str]:
    """The versions an answer may have: that of the envelope, else what the Content-Type says."""
    by_type = SOAP12 if "application/soap+xml" in sent.content_type.lower() else SOAP11
    try:
        # Where the charset is in doubt, the server may have read more than this does.
        root = etree.fromstring(sent.body, etree.XMLParser(resolve_entities=False))
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return {by_type, *(soap for soap in CONTENT_TYPES if soap.encode() in sent.body.replace(b"\0", b""))}
    name = etree.QName(root)
    is_envelope = name.localname == "Envelope" and name.namespace in CONTENT_TYPES
    if not is_envelope:
        return {by_type}
    is_plain = "charset" not in sent.content_type or "charset=utf-8" in sent.content_type
    return (
        {name.namespace} if is_plain and not root.getroottree().docinfo.doctype else {name.namespace, by_type}
    )


def _complaint_about_answer(sent: Mutant, root: Any) -> str | None:
    soap = f"{{{etree.QName(root).namespace}}}"
    header, body = root.find(f"{soap}Header"), root.find(f"{soap}Body")
    if body is None or len(body) != 1:
        return "not one element in the body"
    if not etree.QName(body[0]).localname.endswith("Response"):
        return f"an answer that is none: {body[0].tag}"
    announced = root.findtext(f".//{{{sent.service.namespace}}}ClientVersionIn")
    is_filtered = announced is None or int(announced) < 23
    for element in (*(header if header is not None else ()), body[0]):
        found = sent.service.complaint_about(element, is_filtered=is_filtered)
        if found:
            return f"not as the schema says: {found}"
    return None


def _complaint_about_fault(root: Any) -> str | None:
    soap = f"{{{etree.QName(root).namespace}}}"
    fault = root.find(f"{soap}Body/{soap}Fault")
    if fault is None:
        return "no fault"
    is_soap11 = etree.QName(root).namespace == SOAP11
    places = ("faultcode", "faultstring", "detail")
    if not is_soap11:
        places = (f"{soap}Code/{soap}Value", f"{soap}Reason/{soap}Text", f"{soap}Detail")
    code, sentence, number = (*(fault.findtext(place) for place in places[:2]), None)
    number = fault.findtext(f"{places[2]}/{_EXCEPTION}errorcode")
    known = ("Client", "Server") if is_soap11 else ("Sender", "Receiver")
    if code not in [f"soap:{name}" for name in known] or fault.nsmap.get("soap") != soap[1:-1]:
        return f"faultcode {code}"
    if not sentence:
        return "a fault without a sentence"
    if number is None or int(number) not in _CODES:
        return f"errorcode {number}"
    return None
