"""The global step that balances a corpus, and what it leaves for the writer and the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dialecto.corpus.balance.topics import Topics, find_topics, sample_of
from dialecto.corpus.balance.weights import Weighed, debias, plan_groups, weigh
from dialecto.corpus.chunks import whole_parquet
from dialecto.corpus.table import REMOVED
from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.files import read_json, write_json

if TYPE_CHECKING:
    from dialecto.corpus.global_steps import Work
    from dialecto.corpus.verdicts import Verdict

BALANCED = pa.schema([("id", pa.string()), ("repeat", pa.int32()), ("topic", pa.string())])
FILE = "balance.json"
MOST_REMOVED = 0.5  # of the corpus' bytes: beyond it the share asked for is a mistake
_GENDER = ("gender.feminine", "gender.masculine")


def settle_balance(work: Work) -> list[Verdict]:
    """Weighs the documents; those above their group's share are removed as `balance`.

    Writes `balanced.parquet` between the passes and `balance.json` for the artefact.
    """
    from dialecto.corpus.verdicts import Verdict

    section = work.settings.section.balance
    topics = _topics(work) if section.by == "topic" else {}
    documents, terms = _documents(work, topics)
    sizes: Counter[str] = Counter()
    for document in documents:
        sizes[document.group] += document.bytes
    known = {group: size for group, size in sizes.items() if group}
    plans = plan_groups(known, section.temperature, section.max_share, section.max_repeat)
    weighed = weigh(documents, plans, work.settings.seed)
    _check_removed(weighed, section.max_share)
    if section.debias == "gender":
        weighed = debias(weighed, section.max_repeat)
    rows = [
        {"id": d.id, "repeat": d.repeat, "topic": topics.get(d.id, "")}
        for d in weighed
        if d.repeat > 1 or d.id in topics
    ]
    with whole_parquet(work.between / "balanced.parquet", BALANCED) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=BALANCED))
    work.published.mkdir(parents=True, exist_ok=True)
    write_json(work.published / FILE, account(section.model_dump(), documents, weighed, terms))
    return [Verdict(d.id, REMOVED, "balance", d.group) for d in weighed if not d.repeat]


def _check_removed(weighed: Sequence[Weighed], share: float) -> None:
    total = sum(d.bytes for d in weighed)
    gone = sum(d.bytes for d in weighed if not d.repeat)
    if gone > MOST_REMOVED * total:
        raise DialectoError(
            f"`corpus.balance.max_share: {share:g}` would remove {gone / total:.0%} of the corpus: "
            "the other groups are too small for it. Raise it, or balance by something else."
        )


def _topics(work: Work) -> dict[str, str]:
    """The name of each document's topic; documents without one are left out."""
    section, seed = work.settings.section.balance, work.settings.seed
    chosen = sample_of(work.undecided())
    texts: dict[str, str] = {}
    for table in _texts(work):
        for name, text in table:
            if name in chosen:
                texts[name] = text
    topics = find_topics([texts[name] for name in sorted(texts)], section.topics, seed)
    return {} if topics is None else _assign(topics, _texts(work))


def _assign(topics: Topics, tables: Iterable[Iterable[tuple[str, str]]]) -> dict[str, str]:
    found = ((name, topics.of(text)) for table in tables for name, text in table)
    return {name: topics.names[topic] for name, topic in found if topic >= 0}


def _texts(work: Work) -> Iterator[Iterable[tuple[str, str]]]:
    from dialecto.corpus.balance.topics import READ

    for table in work.documents(["id", "text"]):
        heads = pc.utf8_slice_codeunits(table["text"], 0, READ)
        yield zip(table["id"].to_pylist(), heads.to_pylist(), strict=True)


def _documents(
    work: Work, topics: Mapping[str, str]
) -> tuple[list[Weighed], dict[str, dict[str, float]]]:
    """The documents with their group, and the terms that each holds."""
    by = work.settings.section.balance.by
    sizes = {
        row["id"]: row["bytes"]
        for task in work.tasks
        for row in pq.read_table(task.file("keys"), columns=["id", "bytes"]).to_pylist()
    }
    documents: list[Weighed] = []
    terms: dict[str, dict[str, float]] = {}
    for table in work.documents(["id", "source", "lang", "variety", "measures"]):
        for row in table.to_pylist():
            measures = dict(row["measures"] or ())
            year = measures.get("date.year")
            group = {
                "topic": topics.get(row["id"], ""),
                "source": row["source"],
                "lang": row["lang"],
                "variety": row["variety"],
                "year": str(int(year)) if year else "",
            }[by]
            documents.append(
                Weighed(
                    row["id"],
                    group or "",
                    sizes[row["id"]],
                    measures.get("quality.score", 0.0),
                    *(int(measures.get(name, 0)) for name in _GENDER),
                )
            )
            counted = {n: v for n, v in measures.items() if n.startswith(("gender.", "group."))}
            if counted:
                terms[row["id"]] = counted
    return documents, terms


def account(
    section: Mapping[str, Any],
    before: Sequence[Weighed],
    after: Sequence[Weighed],
    terms: Mapping[str, Mapping[str, float]],
) -> dict[str, Any]:
    """What `balance.json` tells: groups and terms, before and after.

    Bytes after are those read in an epoch, were all of the corpus trained on.
    """
    groups: dict[str, dict[str, int]] = {}
    for name, documents in (("before", before), ("after", after)):
        for document in documents:
            row = groups.setdefault(document.group, Counter())
            row[f"documents_{name}"] += bool(document.repeat)
            row[f"bytes_{name}"] += document.bytes * document.repeat
    totals = {name: sum(row[f"bytes_{name}"] for row in groups.values()) or 1
              for name in ("before", "after")}  # fmt: skip
    rows = [
        {
            "name": name,
            **{f"documents_{when}": row[f"documents_{when}"] for when in totals},
            **{f"bytes_{when}": row[f"bytes_{when}"] for when in totals},
            **{f"share_{when}": round(row[f"bytes_{when}"] / totals[when], 6) for when in totals},
        }
        for name, row in groups.items()
    ]
    counted = {
        when: _counted(documents, terms)
        for when, documents in (("before", before), ("after", after))
    }
    return {
        **section,
        "groups": sorted(rows, key=lambda row: (-row["bytes_before"], row["name"])),
        "documents_removed": sum(not d.repeat for d in after),
        "documents_repeated": sum(d.repeat > 1 for d in after),
        "terms": {
            name: {when: counted[when].get(name, 0) for when in counted}
            for name in sorted({*counted["before"], *_GENDER})
        },
        "feminine_per_masculine": {when: _ratio(counted[when]) for when in counted},
    }


def note_balance(context: StageContext, published: Path, by: str) -> None:
    """Says when there was nothing to balance: no document, or all of them, in one group."""
    path = published / FILE
    if path.is_file():
        known = [row["name"] for row in read_json(path)["groups"] if row["name"]]
        if len(known) < 2:
            what = f"all documents are of {known[0]}" if known else f"no document's {by} is known"
            context.progress.note(f"warning: nothing was balanced by `{by}`: {what}")


def _counted(
    documents: Sequence[Weighed], terms: Mapping[str, Mapping[str, float]]
) -> Counter[str]:
    counts: Counter[str] = Counter()
    for document in documents:
        for name, number in terms.get(document.id, {}).items():
            counts[name] += int(number) * document.repeat
    return counts


def _ratio(counts: Mapping[str, int]) -> float | None:
    feminine, masculine = (counts.get(name, 0) for name in _GENDER)
    return round(feminine / masculine, 4) if masculine else None


def read_balanced(between: Path, names: pa.Array) -> dict[str, dict[str, Any]]:
    """`repeat` and `topic` of these documents, of those that have any."""
    path = between / "balanced.parquet"
    if not path.exists():
        return {}
    found = pq.read_table(path, filters=pc.field("id").isin(names))
    return {
        row["id"]: {"repeat": max(row["repeat"], 1), "topic": row["topic"]}
        for row in found.to_pylist()
    }
