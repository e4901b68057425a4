"""The catalogues are complete: whatever the code says in English is there in every language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import tmsba
from tmsba.domain.errors import TmsbaError, all_errors, places
from tmsba.i18n.catalogues import catalogue_file, translations
from tmsba.i18n.extraction import ERROR_MODULES, TemplateNotConstant, Use, extract, uses
from tmsba.i18n.languages import CATALOGUES

SOURCES = sorted(Path(tmsba.__file__).parent.rglob("*.py"))
USES = [(path, use) for path in SOURCES for use in uses(path.read_bytes())]
TEMPLATES = {use.template for _, use in USES}
#: Sentences of values alone, which need not look different.
_BARE = {"{element}: {problem}"}


def catalogue(language: str) -> Catalog:
    with catalogue_file(language).open("rb") as file:
        return read_po(file, abort_invalid=True)  # type: ignore[arg-type]


def family(kind: type[TmsbaError]) -> Iterator[type[TmsbaError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


def test_the_templates_of_the_code_are_found() -> None:
    assert "There is no system with id {id}: GetSystems lists the ids." in TEMPLATES
    assert "This server does not offer {operation} yet." in TEMPLATES, "said to super().__init__"
    assert "The request has no body. Post a SOAP envelope." in TEMPLATES
    assert any(t.startswith("The database takes no changes") for t in TEMPLATES), "a module's constant"


def test_all_errors_are_where_the_templates_are_looked_for() -> None:
    modules = {kind.__module__ for kind in family(TmsbaError)}
    assert {name for name in modules if name.startswith("tmsba.")} == set(ERROR_MODULES)


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.name)
def test_every_documented_code_has_a_sentence_in_every_language(error: type[TmsbaError]) -> None:
    assert error.sentence in TEMPLATES
    for language in CATALOGUES:
        assert translations(language)[error.sentence] != error.sentence


@pytest.mark.parametrize(("path", "use"), USES, ids=lambda value: getattr(value, "name", ""))
def test_every_error_is_given_the_facts_that_its_template_has_places_for(path: Path, use: Use) -> None:
    assert use.facts is None or use.facts == places(use.template), f"{path}:{use.line}"
    unusual = use.template.count("{") - len(places(use.template))
    assert not unusual, "a brace that marks no place, or a place used twice"


@pytest.mark.parametrize("language", CATALOGUES)
class TestEachCatalogue:
    def test_has_exactly_the_templates_of_the_code(self, language: str) -> None:
        found = {message.id for message in catalogue(language) if message.id}
        assert (TEMPLATES - found, found - TEMPLATES) == (set(), set()), "run pybabel extract and update"

    def test_has_nothing_obsolete(self, language: str) -> None:
        assert not catalogue(language).obsolete

    def test_has_nothing_fuzzy(self, language: str) -> None:
        assert [message.id for message in catalogue(language) if message.fuzzy] == []

    def test_translates_everything(self, language: str) -> None:
        same = {m.id for m in catalogue(language) if m.id and m.string in ("", m.id)}
        assert same - _BARE == set()

    def test_keeps_the_places_for_facts(self, language: str) -> None:
        changed = [m.id for m in catalogue(language) if m.id and places(m.id) != places(m.string)]
        assert changed == []

    def test_keeps_the_names_of_the_wire(self, language: str) -> None:
        lost = [
            (word, message.id)
            for message in catalogue(language)
            if message.id
            for word in words_of_the_wire(message.id)
            if word not in message.string
        ]
        assert lost == []

    def test_is_all_used(self, language: str) -> None:
        assert set(translations(language)) == TEMPLATES


def words_of_the_wire(template: str) -> list[str]:
    """Names of elements and operations: more than one capital, or a date."""
    words = (word.strip(".,:;()'") for word in template.split())
    return [w for w in words if sum(c.isupper() for c in w) > 1 and "{" not in w and w != "XML"] + (
        ["2026-11-20"] if "2026-11-20" in template else []
    )


@pytest.mark.parametrize(
    "code",
    [
        'raise ConferenceNotFound(f"There is no conference {number}.")',
        'raise ConferenceNotFound("There is no " + what)',
        "raise ConferenceNotFound(sentence)",
        'error = ConferenceNotFound("There is {}".format(5))',
    ],
)
def test_a_template_that_nobody_could_translate_is_refused(code: str) -> None:
    source = f"from tmsba.domain.errors import ConferenceNotFound\n{code}"
    with pytest.raises(TemplateNotConstant, match="line 2"):
        uses(source)


def test_only_errors_are_looked_at() -> None:
    source = """
from tmsba.domain.errors import UserNotFound, lookup
from elsewhere import Other
class Special(UserNotFound):
    def __init__(self) -> None:
        super().__init__("No {name}.", name=5)
class Plain(ValueError):
    def __init__(self) -> None:
        super().__init__("Not for clients.")
raise Other("Neither this.")
lookup(code)
UserNotFound()
Special("Nobody.")
"""
    assert ast.parse(source)
    assert [(use.template, use.facts) for use in uses(source)] == [
        ("No {name}.", frozenset({"name"})),
        ("Nobody.", frozenset()),
    ]


def test_reasons_that_faults_tell_are_looked_at_and_others_are_not() -> None:
    source = """
from tmsba.domain.conference.reasons import ClientReason, ReasonKind
class Refusal(ClientReason):
    NO_NUMBERS = "Bridge '{bridge}' has no numbers."
class Other(ReasonKind):
    ALONE = "Nobody else takes part."
"""
    assert [use.template for use in uses(source)] == ["Bridge '{bridge}' has no numbers."]


def test_babel_is_told_the_lines(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text("from tmsba.domain.errors import UserNotFound\nraise UserNotFound('Nobody.')\n")
    with source.open("rb") as file:
        assert list(extract(file, {}, (), {})) == [(2, None, "Nobody.", [])]
