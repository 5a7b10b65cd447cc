"""What the artefact says about itself beside the documents: terms, removals, cards."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from dialecto.collect.snapshot import snapshot_summary
from dialecto.corpus.account import Account
from dialecto.corpus.table import KEPT
from dialecto.recipe import CorpusSection, Source
from dialecto.recipe.sources import source_names
from dialecto.reporting.cards.write import write_cards
from dialecto.runtime import StageContext
from dialecto.runtime.files import write_json

REMOVALS = ("id", "source", "path", "sha256", "outcome", "reason", "detail")
# A cell that begins with one of these is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def terms_of(sources: Sequence[Source]) -> dict[str, dict[str, str]]:
    """What the recipe declares about each source, by the source's name."""
    names = source_names(sources)
    return {name: source.terms for name, source in zip(names, sources, strict=True)}


def note_missing_terms(context: StageContext, sources: Sequence[Source]) -> None:
    """Says which sources lack terms, to people and to the ledger."""
    missing = {
        name: source.missing_terms
        for name, source in zip(source_names(sources), sources, strict=True)
        if source.missing_terms
    }
    for name, fields in missing.items():
        context.progress.note(f"warning: source '{name}' does not declare {', '.join(fields)}")
    if missing:
        context.record("corpus.terms_missing", missing)


def note_removals(context: StageContext, documents: Account) -> None:
    """Says how many documents went, by reason, and what of harm was only flagged."""
    if documents.removed:
        listed = ", ".join(f"{n} {reason}" for reason, n in documents.removed.most_common())
        context.progress.note(
            f"corpus: removed {listed} (dialecto corpus inspect --reason "
            f"{documents.removed.most_common(1)[0][0]})"
        )
    if documents.flagged:
        listed = ", ".join(f"{n} {note}" for note, n in documents.harm.most_common())
        context.progress.note(f"corpus: words of harm: {listed} (examples in removed.json)")


def write_papers(
    work: Path,
    sources: Sequence[Source],
    section: CorpusSection,
    languages: Sequence[str],
    documents: Account,
    conversations: Account,
    collected: Path | None = None,
) -> None:
    """`sources.json`, `removals.csv` and the cards. The artefact's other files are there."""
    names = source_names(sources)
    write_json(
        work / "sources.json",
        {
            "card": section.card.model_dump(),
            "settings": _settings(section, languages),
            "sources": [
                {
                    "name": name,
                    "kind": source.kind,
                    "origin": source.come_by,
                    **source.terms,
                    **_talks(source, sources, conversations),
                    **(
                        {"snapshot": snapshot_summary(collected, name)}
                        if source.remote and collected
                        else {}
                    ),
                }
                for name, source in zip(names, sources, strict=True)
            ],
        },
    )
    write_removals(work)
    write_cards(work, documents.entities)


def _talks(source: Source, sources: Sequence[Source], conversations: Account) -> Mapping[str, int]:
    """Counts of conversations, where one source alone holds them all."""
    kinds = [other.kind for other in sources]
    if source.kind == "conversations" and kinds.count("conversations") == 1:
        return {"found": conversations.found, "kept": conversations.kept}
    return {}


def _settings(section: CorpusSection, languages: Sequence[str]) -> dict[str, Any]:
    return {
        "languages": list(languages),
        "dedup": section.dedup.threshold if section.dedup.enabled else 0,
        "harm": section.harm.policy,
        "pii": section.pii.policy if section.pii.enabled else "",
        "quality": _quality(section),
        "evaluations": len(section.decontaminate.files),
        "held_out": section.decontaminate.held_out,
        "split": section.split.model_dump(mode="json"),
    }


def _quality(section: CorpusSection) -> str:
    """As the card's texts call it."""
    if not section.quality.enabled:
        return "noquality"
    return "quality" if section.quality.calibrate else "quality_published"


def write_removals(work: Path) -> int:
    """`removals.csv`: a line for every document that did not stay. Returns how many."""
    count = 0
    with (work / "removals.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(REMOVALS)
        for name in ("lineage.parquet", "conversation_lineage.parquet"):
            if not (work / name).exists():
                continue
            with pq.ParquetFile(work / name) as lineage:
                for batch in lineage.iter_batches(batch_size=2000, columns=list(REMOVALS)):
                    gone = [row for row in batch.to_pylist() if row["outcome"] != KEPT]
                    writer.writerows([_cell(row[field]) for field in REMOVALS] for row in gone)
                    count += len(gone)
    return count


def _cell(value: str | None) -> str:
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text
