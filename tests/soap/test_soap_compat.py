"""Spyne and Pythons it does not know."""

import logging
import subprocess
import sys


def test_no_importer_falls_back_to_what_python_312_removed() -> None:
    # On 3.11 the fallback from find_spec to find_module still works but warns.
    done = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", "import tmsba.soap.operations.booking"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_spyne_logs_nothing() -> None:
    import tmsba.soap

    tmsba.soap.wire.compat.prepare()
    for name in ("spyne", "spyne.application.client", "spyne.protocol.soap.soap11.invalid"):
        assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)
