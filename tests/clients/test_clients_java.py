"""The classes that JAX-WS's "wsimport" writes book with our WSDL."""

from pathlib import Path
from urllib.parse import quote

import pytest
from client_story import HERE, arguments_of, check, new_slot, program, run, told_by
from installation import BOOKING_PATH, PASSWORD, SETUP_PATH

pytestmark = pytest.mark.long

HINT = "tests/clients/install.sh --long installs it"
SERVICES = {"booking": BOOKING_PATH, "setup": SETUP_PATH}
#: Where Debian's package puts the libraries; each names the others it needs.
LIBRARIES = Path("/usr/share/jaxws/lib")


@pytest.fixture(scope="module")
def compiled(server, tmp_path_factory) -> list[str]:
    """The command that runs the program, compiled with classes out of the WSDL."""
    wsimport, javac, java = (program(name, HINT) for name in ("wsimport", "javac", "java"))
    if not LIBRARIES.is_dir():
        pytest.skip(f"{LIBRARIES} is missing; {HINT}.")
    folder = tmp_path_factory.mktemp("java")
    credentials = folder / "credentials"
    credentials.write_text(f"http://admin:{quote(PASSWORD)}@127.0.0.1:{server.port}/*\n")
    for name, path in SERVICES.items():
        options = ["-quiet", "-extension", "-Xnocompile", "-s", str(folder), "-d", str(folder)]
        wanted = ["-Xauthfile", str(credentials), "-p", f"tmsba.{name}", f"{server.url}{path}?wsdl"]
        run([wsimport, *options, *wanted])
    class_path = f"{folder}:{LIBRARIES}/*"
    sources = [str(file) for file in folder.glob("tmsba/*/*.java")]
    story = str(HERE / "java" / "Story.java")
    run([javac, "-nowarn", "-encoding", "utf-8", "-cp", class_path, "-d", str(folder), story, *sources])
    return [java, "-cp", class_path, "Story"]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_java_books_a_conference(server, compiled, version):
    slot = new_slot()
    check(told_by([*compiled, *arguments_of(server, slot, version)]), slot)
