"""A throw-away LDAP directory: OpenLDAP's slapd with a few people who look as in Active Directory."""

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from certificates import Certificate, make_certificate

BASE = "dc=example,dc=com"
SERVICE = f"cn=tmsba,{BASE}"
SERVICE_PASSWORD = "service pass 1"
PASSWORD = "directory pass 1"

_CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'windowsUser' AUXILIARY MAY ( sAMAccountName $ userPrincipalName ) )
pidfile {folder}/slapd.pid
moduleload back_mdb
modulepath /usr/lib/ldap
TLSCertificateFile {tls.certificate}
TLSCertificateKeyFile {tls.key}
database mdb
suffix "{base}"
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{service}" read by * none
"""

_PEOPLE = (
    # Name in the tree, name for the log-in, principal, first name, last name, address.
    ("Dora Dall", "dora", "d.dall@example.com", "Dora", "Dall", "dora.dall@example.com"),
    ("Jürgen Groß", "jürgen", "juergen@example.com", "Jürgen", "Groß", "juergen@example.com"),
    ("Twin One", "twin1", "twin1@example.com", "Twin", "One", "twins@example.com"),
    ("Twin Two", "twin2", "twin2@example.com", "Twin", "Two", "twins@example.com"),
    ("Star * (Person)", "star*", "star@example.com", "Star", "Person", "star*@example.com"),
)


@dataclass
class LdapServer:
    """A directory on two ports of its own; ``stop`` and ``start`` keep its content."""

    folder: Path
    tls: Certificate = field(init=False)
    port: int = field(init=False)
    tls_port: int = field(init=False)
    _process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        program = _program("slapd")
        self.tls = make_certificate(self.folder)
        self.port, self.tls_port = _free_ports(2)
        (self.folder / "data").mkdir()
        text = _CONFIGURATION.format(folder=self.folder, tls=self.tls, base=BASE, service=SERVICE)
        (self.folder / "slapd.conf").write_text(text)
        (self.folder / "people.ldif").write_text("\n\n".join(_entries()) + "\n", encoding="utf-8")
        given = ["-T", "add", "-f", f"{self.folder}/slapd.conf", "-l", f"{self.folder}/people.ldif"]
        done = subprocess.run([program, *given], capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()

    @property
    def url(self) -> str:
        return f"ldaps://127.0.0.1:{self.tls_port}"

    @property
    def plain_url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Run it, and wait until it listens."""
        listening = f"{self.plain_url}/ {self.url}/"
        command = [_program("slapd"), "-f", f"{self.folder}/slapd.conf", "-h", listening, "-d", "0"]
        with (self.folder / "slapd.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while not all(_is_open(port) for port in (self.port, self.tls_port)):
            is_alive = self._process.poll() is None and time.monotonic() < deadline
            assert is_alive, (self.folder / "slapd.log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None


def _entries() -> list[str]:
    base = f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example"
    service = (
        f"dn: {SERVICE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
        f"cn: tmsba\nuserPassword: {SERVICE_PASSWORD}"
    )
    return [base, service, *(_person(*person) for person in _PEOPLE)]


def _person(name: str, login: str, principal: str, first: str, last: str, email: str) -> str:
    return "\n".join(
        [
            f"dn: cn={name},{BASE}",
            *("objectClass: inetOrgPerson", "objectClass: windowsUser", f"cn: {name}"),
            *(f"givenName: {first}", f"sn: {last}", f"mail: {email}"),
            *(f"sAMAccountName: {login}", f"userPrincipalName: {principal}", f"userPassword: {PASSWORD}"),
        ]
    )


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is missing; tests/clients/install.sh installs it.")
    return found


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
