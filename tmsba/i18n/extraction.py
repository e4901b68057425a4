"""Find the templates of errors and of their reasons in source code, for Babel and for the tests.

``pybabel extract`` calls ``extract`` by the name that ``babel.cfg`` gives. Nothing is imported or run.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

#: The modules whose classes are errors with templates.
ERROR_MODULES = ("tmsba.domain.errors", "tmsba.soap.wire.errors")

#: The base of tables of reasons that are facts of errors: the values of their members are templates.
_REASONS = "ClientReason"

#: Errors that make their sentence themselves, and take something else.
_SELF_MADE = {"NotOffered", "ServerFailure"}


@dataclass(frozen=True, slots=True)
class Use:
    """A place in the code where an error gets its template."""

    line: int
    template: str
    #: The names of the facts that are given with it; None where it is only declared.
    facts: frozenset[str] | None = None


class TemplateNotConstant(ValueError):
    """A template that translators cannot find, because it is put together when the code runs."""

    def __init__(self, line: int) -> None:
        super().__init__(
            f"line {line}: the template must be a constant string; give what varies as facts by keyword"
        )


class _Finder(ast.NodeVisitor):
    """Walks through one module."""

    def __init__(self, tree: ast.Module) -> None:
        self.uses: list[Use] = []
        self._errors = _error_classes(tree)
        self._constants = dict(_constants(tree))
        #: Whether super() means an error; classes are not nested.
        self._is_in_error = False

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._is_in_error = any(map(self._is_error, node.bases))
        if _REASONS in map(ast.unparse, node.bases):
            for line in node.body:
                if isinstance(line, ast.Assign) and (template := self._constant(line.value)):
                    self.uses.append(Use(line.lineno, template))
        for keyword in node.keywords:
            if keyword.arg == "sentence" and (template := self._constant(keyword.value)):
                self.uses.append(Use(keyword.value.lineno, template))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if self._is_error(node.func) and node.args:
            template = self._constant(node.args[0])
            if template is None:
                raise TemplateNotConstant(node.lineno)
            self._add(node, template)
        elif self._is_in_error and ast.unparse(node.func) == "super().__init__" and node.args:
            template = self._constant(node.args[0])
            if template is not None:  # else it is passed on from a caller, where it is found
                self._add(node, template)
        self.generic_visit(node)

    def _add(self, node: ast.Call, template: str) -> None:
        facts = frozenset(keyword.arg for keyword in node.keywords if keyword.arg)
        self.uses.append(Use(node.lineno, template, facts - {"suggested_session"}))

    def _is_error(self, function: ast.expr) -> bool:
        return ast.unparse(function) in self._errors

    def _constant(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            return self._constants.get(node.id)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _error_classes(tree: ast.Module) -> frozenset[str]:
    """The names by which a module calls errors that take a template."""
    names = {"TmsbaError"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ERROR_MODULES:
            # Functions of these modules have small letters.
            names.update(alias.asname or alias.name for alias in node.names if alias.name[0].isupper())
        elif isinstance(node, ast.ClassDef) and names.intersection(map(ast.unparse, node.bases)):
            names.add(node.name)
    return frozenset(names - _SELF_MADE)


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The module's own strings, by name."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            for target in node.targets:
                if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                    yield target.id, node.value.value


def uses(source: str | bytes) -> Sequence[Use]:
    """All places of a module where an error gets its template.

    Raises:
        TemplateNotConstant: One cannot be translated.
    """
    tree = ast.parse(source)
    finder = _Finder(tree)
    finder.visit(tree)
    return finder.uses


def extract(
    fileobj: IO[bytes],
    keywords: Mapping[str, Any],  # noqa: ARG001 (Babel's)
    comment_tags: Sequence[str],  # noqa: ARG001 (Babel's)
    options: Mapping[str, Any],  # noqa: ARG001 (Babel's)
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Babel's way to ask for the messages of a file."""
    for use in uses(fileobj.read()):
        yield use.line, None, use.template, []
