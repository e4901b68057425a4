"""PHP's SoapClient books with our WSDL."""

import pytest
from client_story import HERE, arguments_of, check, new_slot, program, run, told_by


@pytest.fixture(scope="module")
def php() -> str:
    php = program("php")
    if "soap" not in run([php, "-m"]).split():
        pytest.skip("PHP has no soap extension; tests/clients/install.sh installs it.")
    return php


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_php_books_a_conference(php, server, version):
    slot = new_slot()
    told = told_by([php, str(HERE / "php" / "story.php"), *arguments_of(server, slot, version)])
    check(told, slot)
