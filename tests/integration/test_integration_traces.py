"""What a bridge is asked over the life of a conference, request by request: the integration guide's traces.

A trace is a table: one request to a line, with the fields of its form in their order. Lines that begin with +
are not in the printed traces; they may only read. The traces leave macros out of the mappings (all of them
hold ``$index$``), write ``cospaces`` and ``callegs`` in small letters, and show refused log-ins that a client
which sends its credentials at once does not have. We ask for the calls of one space where they ask for all.
"""

import pytest
from bridge_traffic import Line, lines_of
from fakes import at, dial_out

TRACES = {
    "add": """
      GET  system/status
      GET  callBridges
      GET  callBridges/<node 1>
      GET  callBridges/<node 2>
      POST callProfiles participantLimit=1000 & messageBoardEnabled=false
      POST callLegProfiles defaultLayout=telepresence & changeLayoutAllowed=true
           & presentationContributionAllowed=true & presentationViewingAllowed=true
           & muteSelfAllowed=true & videoMuteSelfAllowed=true
      """,
    "reserve": """
      POST cospaceBulkParameterSets startIndex=1 & endIndex=5 & coSpaceUriMapping=$index$
           & coSpaceNameMapping=TMS_Scheduled_Meeting_$index$ & coSpaceCallIdMapping=$index$
           & callProfile=<usual call profile> & callLegProfile=<usual leg profile> & nonMemberAccess=false
      POST cospaceBulkSyncs cospaceBulkParameterSet=<set>
      GET  cospaceBulkSyncs/<sync>
      GET  system/status
    + GET  coSpaces
      """,
    "start": """
      GET  system/status
      GET  participants
      GET  coSpaces
      PUT  coSpaces/<space 1> nonMemberAccess=true & passcode=2580 & name=Weekly meeting & secret=<secret>
      POST calls coSpace=<space 1>
      GET  system/status
      GET  coSpaces
      GET  calls
      GET  callLegs
      """,
    "dial": """
      POST calls/<call>/callLegs remoteParty=desk@example.com
      """,
    "extend": """
    + GET  system/status
    + GET  participants
    + GET  coSpaces
      PUT  coSpaces/<space 1> nonMemberAccess=true & passcode=2580 & name=Weekly meeting & secret=<secret>
    + GET  calls
    + GET  system/status
    + GET  coSpaces
    + GET  calls
    + GET  callLegs
      """,
    "end": """
      GET  system/status
      GET  coSpaces
      GET  calls
      GET  coSpaces
      PUT  coSpaces/<space 1> nonMemberAccess=false & passcode= & name=TMS_Scheduled_Meeting_1
           & regenerateSecret=true
      DELETE calls/<call>
      """,
}


@pytest.fixture
def line():
    made = Line()
    yield made
    made.stop_all()


def expected(*names):
    return [one.removeprefix("+ ") for name in names for one in lines_of(TRACES[name])]


def test_the_bridge_is_asked_what_the_traces_show(line):
    line.add_bridge()
    assert line.requests() == expected("add", "reserve")

    conference = line.book(dial_out("desk@example.com"))
    line.run_until(at(14))
    assert line.requests() == expected("start", "dial")

    line.run_until(at(14, 30))
    line.change(conference, end=at(16))
    line.run_until(at(15, 59))
    assert line.requests() == expected("extend")
    assert len(line.legs()) == 1

    line.run_until(at(16))
    assert line.requests() == expected("end")
    assert line.simulator.bridge.calls == {}


def test_what_we_ask_besides_only_reads():
    ours = [one for table in TRACES.values() for one in lines_of(table) if one.startswith("+")]
    assert ours
    assert all(one.startswith("+ GET ") for one in ours)


def test_a_bridge_that_was_set_up_is_only_looked_at(line):
    line.add_bridge()
    line.requests()
    line.add_bridge()
    assert {one.split()[0] for one in line.requests()} == {"GET"}
