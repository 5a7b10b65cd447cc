"""From messy files to curated, pseudonymised, split documents; each step usable alone."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PUBLIC = {
    "Deduplicator": ("duplicates", "Deduplicator"),
    "clean_text": ("clean", "clean"),
    "decode_bytes": ("decode", "decode"),
    "extract_documents": ("extract", "extract"),
    "harm_categories": ("harm", "harm_categories"),
    "identify_language": ("language", "identify"),
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Imports a step when it is first asked for, so that none pays for the others."""
    if name in _PUBLIC:
        module, attribute = _PUBLIC[name]
        return getattr(import_module(f"dialecto.corpus.{module}"), attribute)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
