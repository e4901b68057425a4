"""The client's side of NTLM, played by pyspnego."""

import base64
from collections.abc import Callable

import pytest
import spnego

NTLM_V1 = "0"
NTLM_V2 = "3"


def ntlm_answer(
    name: str, password: str, challenged: Callable[[bytes], bytes], *, level: str = NTLM_V2
) -> bytes:
    """The third message of a handshake.

    Args:
        name: in any form.
        password: the client's.
        challenged: gives the second message for the first one.
        level: which version the client speaks, as Windows counts them.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LM_COMPAT_LEVEL", level)
        client = spnego.client(
            name,
            password,
            hostname="tms.example.com",
            service="HTTP",
            protocol="ntlm",
            options=spnego.NegotiateOptions.use_ntlm,
        )
        negotiate = client.step()
        assert negotiate is not None
        answer = client.step(challenged(negotiate))
    assert answer is not None
    return answer


def header(message: bytes) -> str:
    """The Authorization header that carries a message."""
    return f"NTLM {base64.b64encode(message).decode()}"


def message_of(challenge: str) -> bytes:
    """The message in a WWW-Authenticate header."""
    scheme, _, token = challenge.partition(" ")
    assert scheme == "NTLM"
    return base64.b64decode(token, validate=True)
