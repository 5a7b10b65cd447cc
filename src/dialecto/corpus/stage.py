"""The corpus stage: files in, curated and protected documents out, every one accounted for.

Workers read, sign and protect chunks of files; between these passes the main process settles
what concerns the whole corpus (boilerplate, duplicates, split) over small columns. What the
passes leave for one another lies under `.between` in the work folder, where a run that was
killed finds the chunks that are whole; it is removed at the end. The result is the same to
the byte whatever the number of workers and however often the run was interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path

from dialecto import __version__
from dialecto.corpus.account import Account
from dialecto.corpus.balance.step import note_balance
from dialecto.corpus.chunks import ChunkTask, ConversationTask, StepSettings
from dialecto.corpus.cluster import Workers, hired
from dialecto.corpus.contamination import known_items, note_items
from dialecto.corpus.folds import write_folds
from dialecto.corpus.global_steps import published, settle_globally
from dialecto.corpus.hashes import Read, note_changes, stamps, write_hashes
from dialecto.corpus.held_out import shared_with_held_out
from dialecto.corpus.index_steps import index_corpus, write_duplicates
from dialecto.corpus.no_pandas import without_pandas
from dialecto.corpus.outputs import write_documents, write_removed
from dialecto.corpus.papers import note_missing_terms, note_removals, terms_of, write_papers
from dialecto.corpus.passes import judge_all, read_all
from dialecto.corpus.personal_data import protection_for
from dialecto.corpus.pii import pseudonym_key
from dialecto.corpus.pii.pseudonym_map import MAP_FILE, write_map
from dialecto.corpus.placement import Placement, place
from dialecto.corpus.plan import InputFile, cut_into_chunks, list_files, plan_digest
from dialecto.corpus.poison.background import LOOKS
from dialecto.corpus.poison.report import poison_metrics
from dialecto.corpus.shingles import VERSION
from dialecto.corpus.size import write_size
from dialecto.corpus.workers import Named, TaskFunction
from dialecto.recipe import CorpusSection, Source, digest_view
from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.files import (
    canonical_json,
    remove_tree,
    sha256_file,
    write_bytes,
    write_text,
)

Metrics = dict[str, float | int | str]
_BETWEEN = ".between"
_PROTECT = Named("dialecto.corpus.protect", "protect_chunk")
_CONVERSATIONS = Named("dialecto.corpus.conversations", "check_conversations")


@without_pandas()
def run(
    context: StageContext,
    inputs: Mapping[str, Path],
    *,
    section: CorpusSection,
    sources: list[Source],
    root: Path,
    lang: str,
    seed: int,
) -> Metrics:
    """Curates the sources' documents and conversations into `context.work`.

    Raises DialectoError when there is nothing to read or nothing is left.
    """
    settings = step_settings(section, lang, root, seed)
    if section.pii.recognisers or section.pii.model:
        protection_for(settings)  # what cannot be loaded is said here, not by every worker
    items = known_items(settings)
    note_items(context, section.decontaminate.files, items)
    record_code(context, section, root)
    collected = inputs.get("collect")
    files = list_files(sources, root, "documents", collected)
    talks = list_files(sources, root, "conversations", collected)
    if not files and not talks:
        where = ", ".join(str((root / source.path).resolve()) for source in sources if source.path)
        raise DialectoError(f"no file to read in {where}. Check `sources` and `exclude`.")
    note_missing_terms(context, sources)
    before = stamps([*files, *talks])
    between = _open_work(context.work, files, talks, section, settings, seed)
    tasks = [ChunkTask(chunk, str(between), settings) for chunk in cut_into_chunks(files)]
    calls = [
        ConversationTask(number, file, str(between), settings) for number, file in enumerate(talks)
    ]
    seen = [Path(file.location) for file in (*files[:1], *talks[:1])]
    with hired(section, between / "plan", seen) as crew:
        do = partial(_pass, context, crew)
        tasks = read_all(tasks, between, settings, do)
        settle_globally(judge_all(tasks, between, settings, do))
        todo = [task for task in tasks if not task.file("protected").exists()]
        do("corpus: protect personal data", _PROTECT, todo)
        asked = [call for call in calls if not call.output.exists()]
        do("corpus: conversations", _CONVERSATIONS, asked)

    shares = {
        "train": section.split.train,
        "validation": section.split.validation,
        "test": section.split.test,
    }
    read = [
        Read(chunk.files, tuple(task.file("read") for task in parts))
        for chunk, parts in groupby(tasks, key=lambda task: task.chunk)
    ]
    read += [Read((call.file,), (call.output,)) for call in calls]
    note_changes(context, sources, section, write_hashes(context.work, read, before))
    placement = place(tasks, between, shares, section.split.folds, seed)
    if section.decontaminate.held_out:
        shared = shared_with_held_out(tasks, between, placement.split_of)
        placement = replace(placement, contaminated=shared)
    write_folds(context.work, placement.fold_of)
    shard_bytes = section.shard_megabytes * 1_000_000
    terms = terms_of(sources)
    documents = write_documents(tasks, context.work, placement, shard_bytes, terms)
    conversations = Account()
    if calls:
        from dialecto.corpus.conversation_outputs import write_conversations  # loads extraction

        conversations = write_conversations(calls, context.work, seed)
    write_duplicates(between, context.work)
    index_corpus(tasks, context.work, settings.key)
    write_removed(context.work, documents, conversations)
    note_removals(context, documents)
    if section.balance.enabled and tasks:
        note_balance(context, published(between), section.balance.by)
    for file in sorted(published(between).glob("*")):
        write_bytes(context.work / file.name, file.read_bytes())
    if files and not documents.kept:
        raise DialectoError(_nothing_left(documents))
    languages = settings.keep_languages
    write_papers(context.work, sources, section, languages, documents, conversations, collected)
    found = metrics(documents, conversations, placement, files)
    if tasks:
        size = write_size(context.work, documents.kept)
        found |= {"words.kept": size["words"], "tokens.by_rule": size["rule"]["tokens"]}
    if section.decontaminate.files:
        found["decontaminate.items"] = len(items.names)
    if tasks and section.poison.enabled:
        found |= poison_metrics(context.work)
    if section.pii.map == "encrypted":
        maps = [*(task.file("protected") for task in tasks), *(call.output for call in calls)]
        found["pii.map"] = write_map(context.work / MAP_FILE, maps, between / "spill")
    remove_tree(between)
    return found


def record_code(context: StageContext, section: CorpusSection, root: Path) -> None:
    """Writes to the ledger which code of the user's the recipe has run here."""
    if section.pii.enabled and section.pii.recognisers:
        from dialecto.corpus.pii.plugins import code_file

        files = {name: code_file(name, root) for name in section.pii.recognisers}
        shas = {n: sha256_file(f) if f and f.is_file() else "" for n, f in files.items()}
        context.record("corpus.code", {"recognisers": shas})
    if section.pii.enabled and section.pii.model:
        from dialecto.corpus.pii.own_model import load_own_model

        model = load_own_model(root / section.pii.model)
        context.record("corpus.pii_model", {"sha256": model.sha256, "types": list(model.types)})


def step_settings(section: CorpusSection, lang: str, root: Path, seed: int = 0) -> StepSettings:
    """The part of the recipe that the steps work by."""
    return StepSettings(section, lang, pseudonym_key(), str(root), seed)


def _open_work(
    work: Path,
    files: Sequence[InputFile],
    talks: Sequence[InputFile],
    section: CorpusSection,
    settings: StepSettings,
    seed: int,
) -> Path:
    """The folder between the passes; emptied when it belongs to another run."""
    between = (work / _BETWEEN).resolve()
    plan = plan_digest(
        [*files, *talks],
        canonical_json(digest_view(section)).decode(),
        settings.lang,
        str(seed),
        f"{__version__}, hashes {VERSION}, looks {LOOKS}",
        plan_digest([], settings.key.hex()),
    )
    marker = between / "plan"
    if not marker.is_file() or marker.read_text(encoding="utf-8") != plan:
        remove_tree(between)
    # What the last pass writes is quickly written again, whole.
    for name in ("documents", "conversations"):
        remove_tree(work / name)
    between.mkdir(parents=True, exist_ok=True)
    write_text(marker, plan)
    return between


def _pass(
    context: StageContext,
    crew: Workers,
    label: str,
    function: TaskFunction,
    tasks: Sequence[ChunkTask] | Sequence[ConversationTask],
) -> None:
    """Runs a step over the chunks that still lack it, showing how far it is."""
    if not tasks:
        return
    sizes = [t.bytes if isinstance(t, ChunkTask) else t.file.bytes for t in tasks]
    context.progress.begin(label, sum(sizes) / 1e6, "MB")
    try:
        for index in crew.run(function, tasks):
            context.progress.advance(sizes[index] / 1e6)
    finally:
        context.progress.end()


def metrics(
    documents: Account, conversations: Account, placement: Placement, files: Sequence[InputFile]
) -> Metrics:
    """The stage's numbers, under names that stay."""
    found: Metrics = {
        "files.in": len(files),
        "bytes.in": sum(file.bytes for file in files),
        "bytes.kept": documents.bytes_kept,
        "documents.in": documents.found,
        "documents.kept": documents.kept,
        "documents.removed": documents.removed.total(),
        "documents.quarantined": documents.quarantined.total(),
        "documents.parts": documents.rows.total(),
        "split.links_refused": placement.refused,
        "pii.entities": documents.entities.total(),
    }
    for split in ("train", "validation", "test"):
        found[f"documents.{split}"] = documents.rows[split]
    for prefix, counts in (
        ("documents.removed", documents.removed),
        ("pii", documents.entities),
        ("harm", _harm(documents)),
    ):
        found |= {f"{prefix}.{name}": number for name, number in sorted(counts.items())}
    if conversations.found:
        found |= {
            "conversations.in": conversations.found,
            "conversations.kept": conversations.kept,
            "conversations.quarantined": conversations.quarantined.total(),
            "conversations.pii.entities": conversations.entities.total(),
        }
        for reason, number in sorted(conversations.removed.items()):
            found[f"conversations.removed.{reason}"] = number
        for split, number in sorted(conversations.rows.items()):
            found[f"conversations.{split}"] = number
    return found


def _harm(documents: Account) -> dict[str, int]:
    """`weapons` and `weapons.mention` for the notes `harm:weapons` and `harm:weapons:mention`."""
    return {note.removeprefix("harm:").replace(":", "."): n for note, n in documents.harm.items()}


def _nothing_left(account: Account) -> str:
    reasons = {**account.removed, **account.quarantined}
    listed = ", ".join(f"{number} {reason}" for reason, number in sorted(reasons.items()))
    hint = " Is the recipe's `lang` the documents' language?" if account.removed["language"] else ""
    return f"no document is left of {account.found}: {listed}.{hint}"
