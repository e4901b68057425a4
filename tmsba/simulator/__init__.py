"""A stand-in for one Cisco Meeting Server call bridge, for tests and demonstrations.

It answers the part of the bridge's REST interface that a booking server uses, over real HTTP, and
keeps everything in memory. It shares no code with the client that drives real bridges, so that a
misreading of the interface cannot hide on both sides.
"""

from tmsba.simulator.objects import Bridge
from tmsba.simulator.records import Peer, Settings
from tmsba.simulator.server import Simulator

__all__ = ["Bridge", "Peer", "Settings", "Simulator"]
