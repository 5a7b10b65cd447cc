"""The few steps that look at the whole corpus: over lines, keys and measures, seldom over texts.

Each reads what the workers left of every chunk and gives verdicts on single documents, which
the workers apply. To add one: write its function in a file of its own and name it in `GLOBAL`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dialecto.corpus.balance.step import settle_balance
from dialecto.corpus.boilerplate import MINIMUM_DOCUMENTS, boilerplate_lines
from dialecto.corpus.chunks import ChunkTask, StepSettings, whole_parquet
from dialecto.corpus.duplicate_steps import settle_duplicates
from dialecto.corpus.index_steps import settle_against_indexes
from dialecto.corpus.paragraphs import find_repeated
from dialecto.corpus.poison.settle import settle_poison
from dialecto.corpus.quality.step import COLUMNS, settle_quality
from dialecto.corpus.verdicts import Verdict, settled_ids, verdict_file, write_verdicts
from dialecto.recipe import CorpusSection

BOILERPLATE = pa.schema([("family", pa.string()), ("line", pa.int64())])


def find_boilerplate(between: Path) -> None:
    """Adds up the chunks' line counts; writes the lines to drop."""
    import duckdb

    files = str(between / "lines" / "*.parquet").replace("'", "''")
    with duckdb.connect(config={"memory_limit": "256MB", "threads": 1}) as connection:
        connection.execute("SET temp_directory = ?", [str(between / "spill")])
        rows = connection.execute(
            f"SELECT family, line, sum(documents)::BIGINT FROM read_parquet('{files}') "
            "GROUP BY family, line HAVING line = 0 OR sum(documents) >= ? ORDER BY family, line",
            [MINIMUM_DOCUMENTS],
        ).fetchall()
    found = [
        {"family": family, "line": line}
        for family, lines in sorted(boilerplate_lines(rows).items())
        for line in sorted(lines)
    ]
    with whole_parquet(between / "boilerplate.parquet", BOILERPLATE) as writer:
        writer.write_table(pa.Table.from_pylist(found, schema=BOILERPLATE))


def undecided(table: pa.Table) -> pa.Array:
    """Whether nothing has settled each row yet."""
    return pc.equal(table["outcome"], "")


@dataclass(frozen=True)
class Work:
    """A corpus between the passes, as the global steps see it."""

    tasks: Sequence[ChunkTask]
    between: Path
    settings: StepSettings

    @property
    def published(self) -> Path:
        """What a step writes here stands in the artefact."""
        return published(self.between)

    def documents(
        self, columns: Sequence[str], which: Callable[[pa.Table], pa.Array] = undecided
    ) -> Iterator[pa.Table]:
        """These columns of the documents that nothing has settled yet, in the order of chunks.

        `which` tells them by `outcome` and `reason`.
        Ask for `text` only where nothing smaller will do: it is most of the bytes.
        """
        settled = settled_ids(self.between)
        for task in self.tasks:
            with pq.ParquetFile(task.file("signed")) as file:
                for group in range(file.num_row_groups):
                    table = file.read_row_group(
                        group, columns=[*{*columns, "id", "outcome", "reason"}]
                    )
                    open_ = pc.and_(
                        which(table),
                        pc.invert(pc.is_in(table["id"], value_set=settled)),
                    )
                    yield table.filter(open_).select(list(columns))

    def undecided(self) -> frozenset[str]:
        """The ids of the documents that nothing has settled yet."""
        return frozenset(
            name for table in self.documents(["id"]) for name in table["id"].to_pylist()
        )


@dataclass(frozen=True)
class GlobalStep:
    """A step that looks at the whole corpus and settles some of its documents."""

    name: str
    run: Callable[[Work], Iterable[Verdict] | pa.Table]
    enabled: Callable[[CorpusSection], bool] = lambda _section: True


def published(between: Path) -> Path:
    """The folder of the files that global steps add to the artefact."""
    return between / "published"


def settle_globally(work: Work) -> None:
    """Runs the global steps that are on and have not been run; each sees what the last left."""
    for number, step in enumerate(GLOBAL):
        path = verdict_file(work.between, number, step.name)
        if step.enabled(work.settings.section) and not path.exists():
            write_verdicts(path, step.run(work))


def judge_quality(work: Work) -> list[Verdict]:
    """Documents that fail the rules of quality, fitted to what kinds of text there are."""
    settings = work.settings
    return settle_quality(
        work.documents(COLUMNS), settings.section.quality, settings.lang, work.published
    )


# In this order. What a step settles, the next ones do not see.
GLOBAL: tuple[GlobalStep, ...] = (
    # Before all others: what they would take away is counted here.
    GlobalStep("poison", settle_poison, lambda section: section.poison.enabled),
    GlobalStep("quality", judge_quality, lambda section: section.quality.enabled),
    GlobalStep("index", settle_against_indexes, lambda section: bool(section.dedup.against)),
    GlobalStep("duplicates", settle_duplicates, lambda section: section.dedup.enabled),
    GlobalStep("balance", settle_balance, lambda section: section.balance.enabled),
    # Last of all: the document that keeps a paragraph must be one that stays.
    GlobalStep("paragraphs", find_repeated, lambda section: section.dedup.paragraphs.enabled),
)
