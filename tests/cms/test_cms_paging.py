import httpx
import pytest
from cms_fakes import FakeBridge, listing, refusal, xml

from tmsba.cms import AnswerNotUnderstood
from tmsba.cms.wire import paging


def pages_of(ids, size, item="coSpace"):
    """Answer with pages of the list as it is at that moment; `ids` may change between requests."""

    def answer(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params.get("offset", 0))
        return listing(item, ids[offset : offset + size], total=len(ids))

    return answer


def names(count):
    return [f"s{number}" for number in range(count)]


def test_all_pages_are_read_when_a_page_holds_twenty():
    bridge = FakeBridge(by=pages_of(names(45), 20))
    assert [space.id for space in bridge.client().spaces()] == names(45)
    assert bridge.lines == ["GET coSpaces", "GET coSpaces?offset=20", "GET coSpaces?offset=40"]


def test_an_exactly_full_page_needs_no_further_request():
    bridge = FakeBridge(by=pages_of(names(20), 20))
    assert len(bridge.client().spaces()) == 20
    assert bridge.lines == ["GET coSpaces"]


def test_an_empty_list_needs_one_request():
    bridge = FakeBridge(xml('<callBridges total="0"></callBridges>'))
    assert bridge.client().call_bridges() == []


def test_an_object_that_slips_off_a_page_is_still_found():
    ids = names(40)
    serve = pages_of(ids, 20)

    def answer(request):
        response = serve(request)
        if len(bridge.requests) == 1:
            ids.remove("s3")  # now s20 is the last of the first page, which we have read already
        return response

    bridge = FakeBridge(by=answer)
    found = [space.id for space in bridge.client().spaces()]
    assert found == [name for name in names(40) if name != "s3"]
    assert len(bridge.requests) == 4


def test_an_object_that_jumps_to_another_page_hides_nothing():
    ids = names(40)
    serve = pages_of(ids, 20)

    def answer(request):
        response = serve(request)
        if len(bridge.requests) == 1:
            ids.append(ids.pop(0))  # renamed: the same number of objects, in another order
        return response

    bridge = FakeBridge(by=answer)
    assert sorted(space.id for space in bridge.client().spaces()) == sorted(names(40))


def test_a_list_that_never_stands_still_gives_what_was_seen():
    counter = iter(range(100, 200))

    def answer(request):
        return listing("coSpace", names(5), total=next(counter))

    bridge = FakeBridge(by=answer)
    assert [space.id for space in bridge.client().spaces()] == names(5)
    assert len(bridge.requests) == 4


def test_a_bridge_that_ignores_the_offset_does_not_keep_us_busy():
    bridge = FakeBridge(by=lambda _: listing("coSpace", names(20), total=1000))
    assert len(bridge.client().spaces()) == 20
    assert len(bridge.requests) == 4


def test_a_list_without_a_total_is_read_to_its_end():
    def answer(request):
        offset = int(request.url.params.get("offset", 0))
        objects = "".join(f'<call id="{name}"/>' for name in names(25)[offset : offset + 10])
        return xml(f"<calls>{objects}</calls>")

    bridge = FakeBridge(by=answer)
    assert len(bridge.client().calls()) == 25


def test_a_list_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(paging, "MAX_PAGES", 3)
    bridge = FakeBridge(by=lambda _: listing("coSpace", [f"s{len(bridge.requests)}"], total=10**9))
    with pytest.raises(AnswerNotUnderstood, match="no end"):
        bridge.client().spaces()


def test_calls_are_filtered_again_when_the_bridge_ignores_the_filter():
    text = (
        '<calls total="3"><call id="c1"><coSpace>s1</coSpace><callCorrelator>k</callCorrelator></call>'
        '<call id="c2"><coSpace>s2</coSpace></call><call id="c3"/></calls>'
    )
    bridge = FakeBridge(by=lambda _: xml(text))
    (call,) = bridge.client().calls("s1")
    assert (call.id, call.space_id, call.correlator) == ("c1", "s1", "k")
    assert len(bridge.client().calls()) == 3
    assert bridge.lines == ["GET calls?coSpaceFilter=s1", "GET calls"]


def test_later_pages_keep_the_filter():
    serve = pages_of(names(12), 10, "call")
    bridge = FakeBridge(by=serve)
    bridge.client().calls("s1")
    assert bridge.lines == ["GET calls?coSpaceFilter=s1", "GET calls?coSpaceFilter=s1&offset=10"]


LEGS = (
    '<callLegs total="2"><callLeg id="l1"><remoteParty>a@example.com</remoteParty><call>c1</call></callLeg>'
    '<callLeg id="l2"><call>c2</call></callLeg></callLegs>'
)


def test_call_legs_of_one_call_come_from_the_list_of_all():
    bridge = FakeBridge(by=lambda _: xml(LEGS))
    (leg,) = bridge.client().call_legs("c1")
    assert (leg.id, leg.remote_party, leg.call_id) == ("l1", "a@example.com", "c1")
    assert len(bridge.client().call_legs()) == 2
    assert bridge.lines == ["GET callLegs", "GET callLegs"]


def test_call_legs_without_a_call_are_asked_for_at_the_call():
    bridge = FakeBridge(listing("callLeg", ["l1", "l2"]), listing("callLeg", ["l2"]))
    assert [(leg.id, leg.call_id) for leg in bridge.client().call_legs("c1")] == [("l2", "c1")]
    assert bridge.lines == ["GET callLegs", "GET calls/c1/callLegs"]


def test_a_call_that_has_ended_has_no_call_legs():
    bridge = FakeBridge(listing("callLeg", ["l1"]), refusal(404, "callDoesNotExist"))
    assert bridge.client().call_legs("c1") == []


def test_a_glance_reads_the_first_page():
    bridge = FakeBridge(by=pages_of(names(45), 20))
    assert [space.id for space in bridge.client().spaces(is_glance=True)] == names(20)
    bridge = FakeBridge(by=pages_of(names(45), 20, "participant"))
    assert len(bridge.client().participants(is_glance=True)) == 20
    assert bridge.lines == ["GET participants"]


def spaces_of(count):
    """Answer with pages of spaces, or with one of them."""
    serve = pages_of(names(count), 20)

    def answer(request):
        wanted = request.url.path.removeprefix("/api/v1/coSpaces").strip("/")
        if wanted in names(count):
            return xml(f'<coSpace id="{wanted}"/>')
        return refusal(404, "coSpaceDoesNotExist") if wanted else serve(request)

    return FakeBridge(by=answer)


@pytest.mark.parametrize(
    ("count", "wanted", "lines"),
    [
        (20, "s7", ["GET coSpaces"]),
        (20, "other", ["GET coSpaces"]),
        (45, "s7", ["GET coSpaces"]),
        (45, "s30", ["GET coSpaces", "GET coSpaces/s30"]),
        (25, "other", ["GET coSpaces", "GET coSpaces/other"]),
        (25, None, ["GET coSpaces"]),
    ],
)
def test_a_known_space_is_found_without_reading_all_of_them(count, wanted, lines):
    bridge = spaces_of(count)
    found = bridge.client().noted_space(wanted)
    assert bridge.lines == lines
    assert (found.id if found else None) == (wanted if wanted in names(count) else None)


def test_of_a_long_list_of_call_legs_only_those_of_the_call_are_read():
    first = listing("callLeg", names(20), total=400, inner="<call>c9</call>")
    bridge = FakeBridge(first, listing("callLeg", ["l1"], inner="<call>c1</call>"))
    assert [leg.id for leg in bridge.client().call_legs("c1")] == ["l1"]
    assert bridge.lines == ["GET callLegs", "GET calls/c1/callLegs"]
