"""Recognisers of the user: patterns in the recipe, files of the project, installed packages.

What a name leads to may be a `Recogniser`, several of them, a recogniser of Presidio, or a
function without parameters that makes one of these. Naming it in the recipe is what allows its
code to run; nothing that is merely installed is ever loaded.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.recogniser import Recogniser
from dialecto.runtime.errors import DialectoError

GROUP = "dialecto.recognisers"


def pattern_recognisers(patterns: Mapping[str, str]) -> Iterator[Recogniser]:
    """One for each `TYPE: expression` of the recipe. They win over all rules that ship."""
    for kind, expression in sorted(patterns.items()):
        yield Recogniser(f"recipe.{kind}", (kind,), _finder(kind, re.compile(expression)))


def _finder(kind: str, shape: re.Pattern[str]) -> Any:
    group = "v" if "v" in shape.groupindex else 0

    def find(text: str, start: int, end: int) -> Iterator[Entity]:
        for match in shape.finditer(text, start, end):
            begin, stop = match.span(group)
            if begin < stop:
                yield Entity(begin, stop, kind, text[begin:stop], 1.0, f"recipe.{kind}")

    return find


def load_recognisers(names: Sequence[str], root: Path, lang: str) -> list[Recogniser]:
    """The recognisers that these names lead to; files are relative to `root`.

    Raises DialectoError when one cannot be loaded or is no recogniser.
    """
    found: list[Recogniser] = []
    for name in names:
        try:
            found += [guarded(one, name) for one in _as_recognisers(_load(name, root), lang)]
        except DialectoError as error:
            raise DialectoError(f"corpus.pii.recognisers: '{name}': {error}") from error
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise DialectoError(
                f"corpus.pii.recognisers: '{name}' cannot be loaded: {what}"
            ) from error
    return found


def guarded(rule: Recogniser, name: str) -> Recogniser:
    """The recogniser with what it does looked at: a slip in it is said with its name and line.

    Raises DialectoError, when it is used, for an error in its code, and for what is no entity, lies
    outside of the text or is of a type that it does not declare: no policy would ever be asked.
    """

    def around(find: Callable[..., Iterable[Entity]]) -> Callable[..., Iterator[Entity]]:
        def checked(text: str, *place: int) -> Iterator[Entity]:
            try:
                found = list(find(text, *place))
            except Exception as error:
                line = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{Path(line.filename).name}:{line.lineno}"
                raise _wrong(f"{type(error).__name__}: {error} ({where})") from error
            for entity in found:
                if not isinstance(entity, Entity):
                    raise _wrong(f"gave {entity!r}, which is no dialecto.corpus.pii.Entity")
                if not 0 <= entity.start < entity.end <= len(text):
                    span = f"{entity.start}-{entity.end}"
                    raise _wrong(f"gave {span}, outside of a text of {len(text)} characters")
                if entity.type not in rule.types:
                    known = ", ".join(rule.types)
                    raise _wrong(f"gave the type {entity.type}, but declares {known}")
                yield replace(entity, text=text[entity.start : entity.end])

        return checked

    def _wrong(what: str) -> DialectoError:
        return DialectoError(f"corpus.pii.recognisers: '{name}': {rule.name}: {what}.")

    return replace(
        rule,
        find=around(rule.find),
        find_cued=around(rule.find_cued) if rule.find_cued else None,
        find_at=around(rule.find_at) if rule.find_at else None,
    )


def code_file(name: str, root: Path) -> Path | None:
    """The file whose content decides what a recogniser does, for digests."""
    if name.endswith(".py"):
        return (root / name).resolve()
    module = _module_name(name)
    try:
        spec = importlib.util.find_spec(module) if module else None
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin and spec.has_location else None


def _module_name(name: str) -> str:
    if ":" in name:
        return name.partition(":")[0]
    points = [point for point in entry_points(group=GROUP) if point.name == name]
    return points[0].module if points else ""


def _load(name: str, root: Path) -> Any:
    if name.endswith(".py"):
        path = (root / name).resolve()
        if not path.is_relative_to(root.resolve()):
            raise DialectoError("lies outside the project: code is only run from its own folder.")
        if not path.is_file():
            raise DialectoError(f"there is no such file in {root}.")
        return _of_module(_import_file(path))
    if ":" in name:
        module, _, attribute = name.partition(":")
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
        return found
    points = [point for point in entry_points(group=GROUP) if point.name == name]
    if not points:
        known = sorted({point.name for point in entry_points(group=GROUP)})
        listed = f" Installed: {', '.join(known)}." if known else " None is installed."
        raise DialectoError(
            f"is neither a .py file, nor module:name, nor an entry point of {GROUP}.{listed}"
        )
    loaded = points[0].load()
    return _of_module(loaded) if isinstance(loaded, ModuleType) else loaded


def _import_file(path: Path) -> ModuleType:
    # A name of its own by path and content, so that two projects' files never mix.
    tag = hashlib.sha256(str(path).encode() + path.read_bytes()).hexdigest()[:16]
    name = f"dialecto_recogniser_{tag}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise DialectoError("is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        # No __pycache__ in the user's folder: it would change what a source's digest sees.
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _of_module(module: ModuleType) -> Any:
    if not hasattr(module, "RECOGNISERS"):
        raise DialectoError("has no RECOGNISERS: a list of them, or a function that makes one.")
    return module.RECOGNISERS


def _as_recognisers(thing: Any, lang: str) -> list[Recogniser]:
    if isinstance(thing, Recogniser):
        return [thing]
    if hasattr(thing, "analyze") and hasattr(thing, "supported_entities"):
        from dialecto.corpus.pii.presidio import from_presidio

        return [from_presidio(thing, lang)]
    if isinstance(thing, Iterable) and not isinstance(thing, str | bytes):
        return [one for part in thing for one in _as_recognisers(part, lang)]
    if callable(thing):
        made = thing()
        if not callable(made):
            return _as_recognisers(made, lang)
    raise DialectoError(
        "is no recogniser: give a dialecto.corpus.pii.Recogniser, a list of them, a recogniser of "
        "Presidio, or a function that makes one."
    )
