"""The proxy classes that Mono's "wsdl" writes, compiled with "mcs", book with our WSDL."""

import pytest
from client_story import HERE, arguments_of, check, new_slot, program, run, told_by
from installation import BOOKING_PATH, PASSWORD, SETUP_PATH

pytestmark = pytest.mark.long

HINT = "tests/clients/install.sh --long installs it"
SERVICES = {"Booking": BOOKING_PATH, "Setup": SETUP_PATH}


@pytest.mark.parametrize(("version", "protocol"), [("1.1", "Soap"), ("1.2", "Soap12")])
def test_dotnet_proxies_book_a_conference(server, tmp_path, version, protocol):
    wsdl, mcs, mono = (program(name, HINT) for name in ("wsdl", "mcs", "mono"))
    for name, path in SERVICES.items():
        credentials = ["-username:admin", f"-password:{PASSWORD}"]
        output = [f"-namespace:{name}", f"-out:{tmp_path / name}.cs", f"-protocol:{protocol}"]
        run([wsdl, "-nologo", *credentials, *output, f"{server.url}{path}?wsdl"])
    sources = [str(tmp_path / f"{name}.cs") for name in SERVICES]
    libraries = "-r:System.Web.Services,System.Xml,System.Core"
    story = str(HERE / "mono" / "Story.cs")
    run([mcs, "-nologo", "-warnaserror-", f"-out:{tmp_path / 'story.exe'}", libraries, story, *sources])

    slot = new_slot()
    check(told_by([mono, str(tmp_path / "story.exe"), *arguments_of(server, slot, version)]), slot)
