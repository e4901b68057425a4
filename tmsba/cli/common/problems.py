"""Expected trouble in one sentence and exit code 1; only surprises end in a traceback."""

import sys
from typing import Any

import click

from tmsba.config import ConfigError


class Problem(click.ClickException):
    """Something a person can mend; the message says how."""


class RootGroup(click.Group):
    """The group of all commands: turns the errors of the layers below into sentences."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            sentence = explain(error)
            if sentence is None:
                raise
            raise Problem(sentence) from error


def explain(error: Exception) -> str | None:
    """The sentence for an expected error; ``None`` for a surprise."""
    from tmsba.domain.errors import TmsbaError

    if isinstance(error, (ConfigError, TmsbaError, *_store_errors())):
        return sentence(str(error))
    return None


def sentence(text: str) -> str:
    """A message of a layer below as a sentence of its own."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _store_errors() -> tuple[type[Exception], ...]:
    """The store's own errors, when the command needed it at all."""
    store = sys.modules.get("tmsba.store")
    return (store.SchemaOutdated, store.SecretKeyMissing, store.SecretUnreadable) if store else ()
