"""Data whose date has come: what a source said must be forgotten is not used any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dialecto.recipe import Recipe
from dialecto.runtime import DialectoError


def expired_sources(recipe: Recipe, today: date) -> list[tuple[str, str]]:
    """(path, retention date) of the sources that were to be forgotten before `today`."""
    return [
        (source.path or source.name, source.retention)
        for source in recipe.sources
        if source.retention and date.fromisoformat(source.retention) < today
    ]


def refuse_expired(recipe: Recipe, doing: str, today: date | None = None) -> None:
    """Raises DialectoError when a source's retention date has passed."""
    expired: Sequence[tuple[str, str]] = expired_sources(recipe, today or date.today())
    if expired:
        listed = ", ".join(f"'{path}' (until {until})" for path, until in expired)
        raise DialectoError(
            f"the retention date of {listed} has passed: {doing}. Take the source out of the "
            "recipe and run again, or correct `retention` if it may be kept longer."
        )
