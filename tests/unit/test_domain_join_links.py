import pytest

from tmsba.domain.bridge.join_links import join_url

MEETING = "https://join.example.com/meeting/5?secret=abc"
INVITED = "https://join.example.com/invited.sf?secret=abc&id=5"


@pytest.mark.parametrize(
    ("version", "link"),
    [
        ("3.0", MEETING),
        ("3.4.1", MEETING),
        ("10.1", MEETING),
        ("2.9.4", INVITED),
        (" 2.0 ", INVITED),
        ("1.9", INVITED),
        ("", MEETING),
        ("unknown", MEETING),
        ("²", MEETING),
    ],
)
def test_a_link_has_the_form_that_the_version_understands(version, link):
    assert join_url("https://join.example.com", version, 5, "abc") == link


@pytest.mark.parametrize("version", ["2.9", "3.4"])
def test_a_web_bridge_below_a_path_keeps_its_path(version):
    link = join_url("https://www.example.com/join/", version, 5, "abc")
    assert link.startswith("https://www.example.com/join/")
    assert "//" not in link.removeprefix("https://")


@pytest.mark.parametrize("version", ["2.9", "3.4", ""])
def test_a_whole_link_counts_for_every_version(version):
    link = "https://other.example.com/{number}/join?s={secret}"
    assert join_url(link, version, 5, "abc") == "https://other.example.com/5/join?s=abc"
    assert join_url("https://other.example.com/{number}", version, 5, "abc") == "https://other.example.com/5"


@pytest.mark.parametrize("version", ["2.9", "3.4"])
def test_without_a_web_bridge_there_is_no_link(version):
    assert join_url("", version, 5, "abc") == ""
