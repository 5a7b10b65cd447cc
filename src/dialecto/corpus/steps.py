"""The steps on documents, in order: each a pure function from an Arrow table to another.

`JUDGING` steps run when a document has been read: they mend it, measure it (column
`measures`) or settle it. Between the two come the global steps (`global_steps.GLOBAL`), which
see the whole corpus. `FINISHING` steps run on what is left. A step touches only rows whose
`outcome` is still empty, and can be run alone on any table of the schema. To add one: write
its function in a file of its own, its switch in the recipe, and name it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from dialecto.corpus.balance.terms import terms_step
from dialecto.corpus.boilerplate import boilerplate_step, read_boilerplate
from dialecto.corpus.chunks import StepSettings
from dialecto.corpus.contamination import contamination_step
from dialecto.corpus.foreign import foreign_step
from dialecto.corpus.harm import harm_step
from dialecto.corpus.language import language_step
from dialecto.corpus.length import length_step
from dialecto.corpus.ocr import ocr_step, read_known_words
from dialecto.corpus.paragraphs import paragraphs_step
from dialecto.corpus.personal_data import pii_step
from dialecto.corpus.poison.settle import mark_step
from dialecto.corpus.poison.signals import poison_step
from dialecto.corpus.quality.step import quality_step
from dialecto.corpus.variety import variety_step
from dialecto.recipe import CorpusSection


@dataclass(frozen=True)
class Job:
    """What a step may know: the recipe, and the folder of what passes over all chunks found."""

    settings: StepSettings
    between: Path

    @property
    def section(self) -> CorpusSection:
        return self.settings.section


@dataclass(frozen=True)
class Step:
    """A step by its name in recipe, report and `corpus preview`, and whether it is on."""

    name: str
    run: Callable[[pa.Table, Job], pa.Table]
    enabled: Callable[[CorpusSection], bool] = lambda _section: True


def walk(table: pa.Table, steps: Iterable[Step], job: Job) -> pa.Table:
    """The table after those of the steps that the recipe has switched on."""
    for step in steps:
        if step.enabled(job.section):
            table = step.run(table, job)
    return table


def _boilerplate(table: pa.Table, job: Job) -> pa.Table:
    minimum = job.section.minimum_characters
    return boilerplate_step(table, read_boilerplate(job.between), minimum)


def _length(table: pa.Table, job: Job) -> pa.Table:
    return length_step(table, job.section.minimum_characters)


def _language(table: pa.Table, job: Job) -> pa.Table:
    minimum = job.section.language.minimum_confidence
    return language_step(table, job.settings.keep_languages, minimum)


def _paragraph_language(table: pa.Table, job: Job) -> pa.Table:
    drop = job.section.language.paragraphs == "drop"
    return foreign_step(table, job.settings.keep_languages, drop)


def _variety(table: pa.Table, _job: Job) -> pa.Table:
    return variety_step(table)


def _ocr(table: pa.Table, job: Job) -> pa.Table:
    return ocr_step(table, read_known_words(job.between) if job.section.repair.ocr else None)


def _terms(table: pa.Table, _job: Job) -> pa.Table:
    return terms_step(table)


def _harm(table: pa.Table, job: Job) -> pa.Table:
    return harm_step(table, job.section.harm)


def _paragraphs(table: pa.Table, job: Job) -> pa.Table:
    section = job.section
    return paragraphs_step(
        table,
        job.between / "repeated.parquet",
        section.dedup.paragraphs.minimum_words,
        section.minimum_characters,
    )


def _quality(table: pa.Table, job: Job) -> pa.Table:
    return quality_step(table, job.settings.lang)


def _contamination(table: pa.Table, job: Job) -> pa.Table:
    return contamination_step(table, job.settings)


def _poison(table: pa.Table, _job: Job) -> pa.Table:
    return poison_step(table)


def _mark_poison(table: pa.Table, job: Job) -> pa.Table:
    return mark_step(table, job.between, job.section.poison.policy)


def _pii(table: pa.Table, job: Job) -> pa.Table:
    return pii_step(table, job.settings)


JUDGING: tuple[Step, ...] = (
    Step("boilerplate", _boilerplate),
    Step("length", _length),
    Step("language", _language),
    Step("foreign", _paragraph_language),
    Step("ocr", _ocr),
    Step("variety", _variety),
    Step("terms", _terms, lambda section: section.balance.enabled),
    Step("harm", _harm),
    Step("quality", _quality, lambda section: section.quality.enabled),
    Step("decontaminate", _contamination, lambda section: bool(section.decontaminate.files)),
    Step("poison", _poison, lambda section: section.poison.enabled),
)
# The personal data come last: whatever a step before leaves in the text is looked at.
FINISHING: tuple[Step, ...] = (
    Step("poison", _mark_poison, lambda section: section.poison.enabled),
    Step("paragraphs", _paragraphs, lambda section: section.dedup.paragraphs.enabled),
    Step("pii", _pii),
)
