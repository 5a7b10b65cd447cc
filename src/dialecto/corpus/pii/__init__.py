"""Personal data: found by recognisers, replaced by consistent pseudonyms, scored against truth."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dialecto.corpus.pii.entity import ALL_TYPES, DEFAULT_TYPES, DIRECT_TYPES, Entity
    from dialecto.corpus.pii.finder import find_entities
    from dialecto.corpus.pii.keys import pseudonym_key, value_key
    from dialecto.corpus.pii.pseudonym import Pseudonymiser
    from dialecto.corpus.pii.recogniser import Recogniser

__all__ = [
    "ALL_TYPES",
    "DEFAULT_TYPES",
    "DIRECT_TYPES",
    "Entity",
    "Pseudonymiser",
    "Recogniser",
    "find_entities",
    "pseudonym_key",
    "value_key",
]
_MODULES = {
    "find_entities": "finder",
    "pseudonym_key": "keys",
    "value_key": "keys",
    "Pseudonymiser": "pseudonym",
    "Recogniser": "recogniser",
}


def __getattr__(name: str) -> Any:
    """Imports a part when it is first asked for: all recognisers, for a key, take a while."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'entity')}"), name)
