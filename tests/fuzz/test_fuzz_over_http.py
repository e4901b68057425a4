"""Whatever is sent over HTTP, the server answers as SOAP wants it, and neither dies nor grows."""

import base64
import http.client
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from fuzz_mutants import chosen_seed, complaint, mutant
from fuzz_processes import memory_of_family
from installation import PASSWORD, Installation

from tmsba.config import Config

AUTHORIZATION = f"Basic {base64.b64encode(f'admin:{PASSWORD}'.encode()).decode()}"
CONNECTIONS = 4
#: The longest body that the server reads.
LIMIT = Config().body_limit_bytes
#: How much of a run fills caches and connections before memory is looked at.
WARM_UP = 0.5
#: How much memory may grow after that.
GROWTH = 1.25


def send(url: str, seed: int, numbers: Sequence[int]) -> list[str]:
    """Send mutants on one connection, which stays open as long as the server lets it."""
    complaints = []
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    for number in numbers:
        sent = mutant(seed, number)
        headers = {"Authorization": AUTHORIZATION, "Content-Type": sent.content_type}
        try:
            connection.request("POST", sent.service.path, sent.body, headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            # The server closes on what is too long, and a client that still writes may miss its answer.
            if len(sent.body) <= LIMIT:
                complaints.append(f"a broken connection {error!r}\n  {sent}")
            continue
        found = complaint(sent, answer.status, dict(answer.getheaders()), body)
        if found:
            complaints.append(f"{found}\n  {sent}\n  {body[:1000]!r}")
    connection.close()
    return complaints


def send_all(url: str, seed: int, numbers: Sequence[int]) -> list[str]:
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        parts = [numbers[at::CONNECTIONS] for at in range(CONNECTIONS)]
        return [found for part in pool.map(lambda part: send(url, seed, part), parts) for found in part]


def exceptions_in(log: str) -> list[str]:
    """What the server wrote down as an exception, as an event or else."""
    events = [line for line in log.splitlines() if line.startswith("{")]
    others = [line for line in log.splitlines() if line.startswith("Traceback")]
    return others + [event for event in events if "exception" in json.loads(event)]


def fuzz(installation: Installation, count: int, seed: int) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """Send mutants to a server; give the memory of its processes after the warm-up and at the end."""
    server = installation.serve("--no-control")
    warm_up = int(count * WARM_UP)
    complaints = send_all(installation.url, seed, range(warm_up))
    before = memory_of_family(server.pid)
    complaints += send_all(installation.url, seed, range(warm_up, count))
    after = memory_of_family(server.pid)
    installation.stop()
    print(f"{count} mutants over HTTP; memory in kB {dict(before)}, then {dict(after)}")
    assert not complaints, f"{len(complaints)} of {count}\n" + "\n\n".join(complaints[:20])
    assert exceptions_in((installation.folder / "serve.log").read_text()) == []
    return before, after


def test_mutants_get_an_answer_from_the_same_processes(prepared):
    before, after = fuzz(prepared, 100, chosen_seed(usual=2))
    assert list(after) == list(before)


@pytest.mark.long
def test_many_mutants_leave_the_processes_as_they_were(prepared):
    before, after = fuzz(prepared, 6_000, chosen_seed())
    assert list(after) == list(before)
    # The kernel hands out connections unevenly: one worker may be warm long before the other one.
    warm = max(before.values())
    for memory in after.values():
        assert memory <= warm * GROWTH
