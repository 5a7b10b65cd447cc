"""Where an artefact comes from: the chain of manifests down to the sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dialecto.project.stages import STAGES
from dialecto.project.store import Store
from dialecto.runtime import BadUsage, DialectoError
from dialecto.security import Ledger


@dataclass(frozen=True)
class Link:
    """One artefact of the chain: its address, what it was made from, when."""

    stage: str
    digest: str
    content: str  # SHA-256 over the names and hashes of its files
    inputs: dict[str, str]  # stage -> digest
    sources: dict[str, str]  # path -> SHA-256 of what was read from outside the project
    finished: str
    seconds: float


def lineage(store: Store, stage: str | None = None) -> list[Link]:
    """The artefact in use of a stage (the last one there is, if none is named) and everything
    that it was made from, each once, the artefact itself first.

    Raises BadUsage for an unknown stage and DialectoError when it has not run.
    """
    names = [known.name for known in STAGES]
    if stage is not None and stage not in names:
        raise BadUsage(f"there is no stage '{stage}'; the stages are {', '.join(names)}")
    there = [name for name in names if store.current(name)]
    wanted = stage or (there[-1] if there else None)
    digest = store.current(wanted) if wanted else None
    if wanted is None or digest is None:
        raise DialectoError(f"{stage or 'no stage'} has run yet; `dialecto run` does it")
    found = {link.stage: link for link in _follow(store, wanted, digest)}
    return sorted(found.values(), key=lambda link: -names.index(link.stage))


def _follow(store: Store, stage: str, digest: str) -> Iterator[Link]:
    if not store.has(stage, digest):
        raise DialectoError(
            f"the chain is broken: {store.folder(stage, digest)} is not whole. "
            f"`dialecto run` makes it again."
        )
    manifest = store.manifest(stage, digest)
    yield Link(
        stage,
        digest,
        store.content(stage, digest),
        dict(manifest["inputs"]),
        dict(manifest["files_in"]),
        str(manifest["finished"]),
        float(manifest["seconds"]),
    )
    for need, sha in manifest["inputs"].items():
        yield from _follow(store, need, sha)


def verify_lineage(store: Store, ledger: Ledger, links: list[Link]) -> list[str]:
    """What does not hold: files against their manifest, manifests against the ledger, and
    inputs against what the manifest says they held. Empty when everything holds."""
    contents = {link.stage: link.content for link in links}
    faults = []
    for link in links:
        where = f"{link.stage}/{link.digest}"
        changed = store.verify(link.stage, link.digest)
        faults += [f"{where}: {name} is not what was made" for name in changed]
        manifest = store.manifest(link.stage, link.digest)
        entry: dict[str, Any] = (
            ledger.last("stage.done", stage=link.stage, digest=link.digest) or {}
        )
        if entry.get("outputs") != manifest["files"]:
            faults.append(f"{where}: its manifest is not what the ledger recorded")
        faults += [
            f"{where}: was made from another {need} than the one that is there"
            for need, content in (manifest.get("inputs_content") or {}).items()
            if contents.get(need) != content
        ]
    return faults
