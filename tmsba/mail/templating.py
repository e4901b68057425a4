"""The templates of the texts."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def render(template: str, **context: Any) -> str:
    """A template with its facts, ending with one line break.

    Args:
        template: its file; what ends with ``.html.j2`` escapes the facts.
        context: the facts by name.
    """
    return _environment().get_template(template).render(**context).strip() + "\n"


@cache
def _environment() -> Environment:
    # The templates are compiled once in each process.
    return Environment(
        loader=PackageLoader("tmsba.mail"),
        # Also escapes .html.j2, which the default would take for plain text.
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
