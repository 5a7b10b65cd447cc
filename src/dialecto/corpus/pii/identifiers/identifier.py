"""One row of the tables of identifiers: what a number is, how it is written and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dialecto.corpus.pii.cues import Cues
from dialecto.corpus.pii.recogniser import Check, Recogniser, pattern


@dataclass(frozen=True)
class Identifier:
    """An identity, tax, social security or account number of a country.

    `name` begins with the country's code (`es.dni`). `example` is a well-formed value and
    `label` how a text would introduce it. A `strong` form is accepted wherever its `check`
    holds; a `weak` one needs a word of `context` before it. `checked_by` says how, for people;
    `source` where a rule that is written here comes from. `check` is given the value without its
    signs, or `as_written`. `regions` are ISO 3166 codes; None
    means the country of the name, an empty tuple everywhere.
    """

    name: str
    title: str
    holder: str
    label: str
    example: str
    checked_by: str
    context: Cues | None = None
    strong: str = ""
    weak: str = ""
    check: Check | None = None
    type: str = "ID"
    digits: int = 7
    score: float = 0.9
    fixed: int = 0
    regions: tuple[str, ...] | None = None
    source: str = "python-stdnum"
    as_written: bool = False

    @property
    def countries(self) -> tuple[str, ...]:
        return (self.name[:2].upper(),) if self.regions is None else self.regions


def recogniser_of(row: Identifier) -> Recogniser:
    """The recogniser that a row describes."""
    rule = pattern(
        row.name,
        row.type,
        strong=row.strong,
        weak=row.weak,
        context=row.context,
        check=row.check,
        digits=row.digits,
        regions=row.countries,
        # A number without control digits is only as sure as the word before it.
        score=row.score if row.check or row.score != 0.9 else 0.85,
        fixed=row.fixed,
        as_written=row.as_written,
    )
    # Letters of a form without a control character say a place or a nationality.
    return replace(rule, letters=row.check is not None)
