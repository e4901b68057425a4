"""Make Spyne 2.14 importable on Python 3.12 and later, and keep it from logging request bodies.

Spyne carries an old copy of ``six`` whose importer knows only ``find_module``; Python 3.12 no longer
asks for that. Spyne has had no release since, so the copy is loaded here first and its importer
given the two methods it lacks.
"""

import importlib.machinery
import importlib.util
import logging
import sys
from types import ModuleType
from typing import Any

_SIX = "spyne.util.six"


def _load_vendored_six() -> ModuleType:
    package = importlib.util.find_spec("spyne")
    if package is None or not package.submodule_search_locations:
        raise ImportError("spyne is not installed.")
    path = f"{package.submodule_search_locations[0]}/util/six.py"
    spec = importlib.util.spec_from_file_location(_SIX, path, submodule_search_locations=[])
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_SIX] = module
    spec.loader.exec_module(module)
    return module


def _teach_find_spec(importer: Any) -> None:
    """Give the class of six's importer the protocol that importlib uses since Python 3.4."""

    def find_spec(
        self: Any,
        name: str,
        path: object = None,  # noqa: ARG001 (importlib's)
        target: object = None,  # noqa: ARG001
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self.known_modules:
            return None
        return importlib.util.spec_from_loader(name, self, is_package=self.is_package(name))

    importer.find_spec = find_spec
    importer.create_module = lambda loader, spec: loader.load_module(spec.name)
    importer.exec_module = lambda _loader, _module: None


def prepare() -> None:
    """Load the vendored six so that ``import spyne`` works; harmless when called again."""
    if _SIX not in sys.modules:
        importer = type(_load_vendored_six()._importer)  # noqa: SLF001 (the point of this module)
        if not hasattr(importer, "find_spec"):
            _teach_find_spec(importer)
    # Spyne writes a traceback for every fault and whole request bodies, passwords included, for
    # every malformed one. What is worth logging is logged by faults.py.
    logging.getLogger("spyne").setLevel(logging.CRITICAL + 1)


prepare()
