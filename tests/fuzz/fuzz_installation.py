"""What an installation needs before it is fuzzed."""

from installation import Installation, start_bridge


def prepare(installation: Installation) -> None:
    """Schema, users, systems, a licence, and a bridge that is gone afterwards."""
    bridge = start_bridge()
    try:
        installation.seed()
        installation.add_bridge(bridge.url)
    finally:
        bridge.stop()
