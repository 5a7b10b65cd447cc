"""A project's corpora: found by name, previewed before they are made, asked about after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dialecto.project.project import Project, find_root
from dialecto.project.store import DIGEST_LENGTH, MANIFEST, Store
from dialecto.runtime import BadUsage, DialectoError
from dialecto.runtime.files import read_json

STAGE = "corpus"
CURRENT, PREVIOUS = "current", "previous"


def corpus_folder(start: str | Path, name: str = CURRENT) -> Path:
    """The corpus artefact called `name`: `current`, `previous`, the beginning of a digest, a
    project's folder or an artefact's.

    start: the project's folder, or one inside it. Raises DialectoError when there is none.
    """
    given = Path(name)
    if (given / "lineage.parquet").is_file():
        return given.resolve()
    if name not in (CURRENT, PREVIOUS) and given.is_dir():
        return corpus_folder(given)
    store = Store(find_root(start) / "artifacts")
    current = store.current(STAGE)
    if name == CURRENT:
        if current is None:
            raise DialectoError("the corpus stage has not run yet; `dialecto corpus` does it")
        return store.folder(STAGE, current)
    made = _made(store)
    if name == PREVIOUS:
        others = [digest for digest in made if digest != current]
        if not others:
            raise DialectoError(f"{store.root / STAGE} holds no corpus but the current one.")
        return store.folder(STAGE, others[-1])
    found = [digest for digest in made if digest.startswith(name)]
    if len(found) != 1:
        what = "no corpus has" if not found else f"{len(found)} corpora have"
        raise BadUsage(
            f"{what} a digest that begins with '{name}', and no project's folder is called so. "
            f"There are {', '.join(made) or 'none'}."
        )
    return store.folder(STAGE, found[0])


def _made(store: Store) -> list[str]:
    """The digests of the corpora that there are, the oldest first."""
    found = []
    for folder in (store.root / STAGE).glob("[0-9a-f]" * DIGEST_LENGTH):
        if (folder / MANIFEST).is_file():
            found.append((str(read_json(folder / MANIFEST).get("finished", "")), folder.name))
    return [digest for _, digest in sorted(found)]


def preview(
    project: Project,
    step: str,
    thresholds: Sequence[str] = (),
    *,
    limit: int | None = None,
    fresh: bool = False,
) -> dict[str, Any]:
    """What a step of the corpus would do: counts, percentiles, masked examples. Changes nothing.

    thresholds: `NUMBER` or `NAME=VALUE` to try instead of the recipe's. For `quality` the whole
    current corpus is judged by the measures kept in its lineage, unless `fresh`, or `limit`,
    asks to read documents again; other steps are tried on at most `limit` files (500).
    Raises BadUsage for a step or a threshold that there is not.
    """
    from dialecto.corpus.views.settings import with_settings
    from dialecto.corpus.views.what_if import is_measured, what_if

    recipe = project.recipe
    section = with_settings(recipe.corpus, step, thresholds)
    if step.startswith("decontaminat") and not section.decontaminate.files:
        raise BadUsage(
            "`corpus.decontaminate.files` names no evaluation file; try one with "
            "--threshold 'decontaminate.files=[exam.jsonl]'."
        )
    if step == "quality" and not fresh and limit is None:
        digest = project.store.current(STAGE)
        if digest and is_measured(project.store.folder(STAGE, digest)):
            found = what_if(project.store.folder(STAGE, digest), section.quality, recipe.lang)
            return {**found, "corpus": digest}
    return _tried(project, step, section, limit or 500)


def _tried(project: Project, step: str, section: Any, limit: int) -> dict[str, Any]:
    from dialecto.corpus.stage import step_settings
    from dialecto.corpus.views.preview import preview_step

    recipe = project.recipe
    files = _source_files(project)
    if not files:
        raise DialectoError("no document to preview: no source is a folder, or none is collected.")
    settings = step_settings(section, recipe.lang, project.root, recipe.seed)
    return preview_step(step, files, settings, limit=limit, seed=recipe.seed).as_dict()


def why(project: Project, name: str, corpus: str = CURRENT) -> list[dict[str, Any]]:
    """What became of the document `name` (id or path) and why, step by step.

    Of a removed document the masked beginning is read from its source, if it is still there.
    """
    from dialecto.corpus.views.why import why as explain

    found = explain(corpus_folder(project.root, corpus), name, project.recipe.lang)
    return [
        row if row["text"] or row["outcome"] != "removed" else _with_source_text(project, row)
        for row in found
    ]


def _with_source_text(project: Project, row: dict[str, Any]) -> dict[str, Any]:
    from dialecto.corpus.stage import step_settings
    from dialecto.corpus.views.source_text import masked_beginning

    recipe = project.recipe
    settings = step_settings(recipe.corpus, recipe.lang, project.root, recipe.seed)
    files = _source_files(project)
    return {**row, "text": masked_beginning(files, row["source"], row["path"], settings)}


def _source_files(project: Project) -> list[Any]:
    """The documents' files: of folders, and of what was collected."""
    from dialecto.corpus.plan import list_files

    collected = project.store.current("collect")
    folder = project.store.folder("collect", collected) if collected else None
    sources = [s for s in project.recipe.sources if folder or not s.remote]
    return list_files(sources, project.root, "documents", folder)
