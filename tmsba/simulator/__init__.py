"""A stand-in for Cisco Meeting Server call bridges, for tests and demonstrations.

It answers the part of the bridge's REST interface that a booking server uses, over real HTTP, and
keeps everything in memory. Outside ``/api`` it lets tests and people watch it and break
it. It shares no code with the client that drives real bridges, so that a misreading of the interface
cannot hide on both sides.
"""

from tmsba.simulator.certificate import Certificate, make_certificate
from tmsba.simulator.objects import Bridge
from tmsba.simulator.parties import Party
from tmsba.simulator.records import Peer, Settings
from tmsba.simulator.simulated_cluster import SimulatedCluster
from tmsba.simulator.simulator import Simulator

__all__ = [
    "Bridge",
    "Certificate",
    "Party",
    "Peer",
    "Settings",
    "SimulatedCluster",
    "Simulator",
    "make_certificate",
]
