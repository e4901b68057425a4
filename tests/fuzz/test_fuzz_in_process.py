"""Whatever is sent, the application answers as SOAP wants it."""

import base64
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from fuzz_installation import prepare
from fuzz_mutants import Mutant, chosen_seed, complaint, mutant
from installation import PASSWORD, Installation
from structlog.testing import capture_logs

from tmsba.app import build_store, build_web
from tmsba.config import Config

AUTHORIZATION = f"Basic {base64.b64encode(f'admin:{PASSWORD}'.encode()).decode()}"


@contextmanager
def application_of(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The whole application of an installation, in this process."""
    stores = []

    def kept_store(config: Config) -> Any:
        stores.append(build_store(config))
        return stores[-1]

    monkeypatch.setattr("tmsba.app.build_store", kept_store)
    variables = installation.env()
    config = Config(database_url=variables["TMSBA_DATABASE_URL"], secret_key=variables["TMSBA_SECRET_KEY"])
    try:
        yield build_web(config)
    finally:
        for store in stores:
            store.dispose()


@pytest.fixture
def application(prepared, monkeypatch) -> Iterator[Any]:
    with application_of(prepared, monkeypatch) as app:
        yield app


@pytest.fixture
def application_on_postgresql(postgres_url, tmp_path, monkeypatch) -> Iterator[Any]:
    installation = Installation(tmp_path, database_url=postgres_url)
    prepare(installation)
    with application_of(installation, monkeypatch) as app:
        yield app


def answer(application: Any, sent: Mutant) -> tuple[int, dict[str, str], bytes]:
    heard: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], *rest: Any) -> None:
        heard.update(status=int(status[:3]), headers=dict(headers))

    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": sent.service.path,
        "CONTENT_TYPE": sent.content_type,
        "CONTENT_LENGTH": str(len(sent.body)),
        "wsgi.input": BytesIO(sent.body),
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "tmsba.example.com",
        "HTTP_AUTHORIZATION": AUTHORIZATION,
        "REMOTE_ADDR": "192.0.2.7",
    }
    body = b"".join(application(environ, start_response))
    return heard["status"], heard["headers"], body


def fuzz(application: Any, count: int, seed: int) -> None:
    """Send mutants; all complaints come at the end, so that one run shows all defects."""
    statuses: Counter[int] = Counter()
    complaints = []
    for index in range(count):
        sent = mutant(seed, index)
        with capture_logs() as logs:
            status, headers, body = answer(application, sent)
        statuses[status] += 1
        found = complaint(sent, status, headers, body)
        failures = [entry["exc_info"] for entry in logs if entry.get("exc_info")]
        if failures:
            found = f"an exception {failures[0]!r}"
        if found:
            complaints.append(f"{found}\n  {sent}\n  {body[:1000]!r}")
    print(f"{count} mutants: {dict(statuses)}")
    assert not complaints, f"{len(complaints)} of {count}\n" + "\n\n".join(complaints[:20])
    # A run in which everything fails, or nothing does, has lost its aim.
    assert statuses[200] > count / 10
    assert statuses[500] > count / 10


def test_mutants_get_an_answer_or_a_fault(application):
    fuzz(application, 500, chosen_seed(usual=3))


@pytest.mark.long
def test_many_mutants_get_an_answer_or_a_fault(application):
    fuzz(application, 14_000, chosen_seed())


@pytest.mark.long
def test_postgresql_stores_whatever_mutants_bring(application_on_postgresql):
    fuzz(application_on_postgresql, 4_000, chosen_seed())
