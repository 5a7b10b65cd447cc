"""Our side of benchmarks/corpus.py, each part in a process of its own; one JSON line of results.

python corpus_ours.py pipeline FOLDER WORK        the stage as users run it, one worker
python corpus_ours.py steps FOLDER WORK           the stage in this process, each step timed
python corpus_ours.py copies TEXTS.jsonl SHINGLES.npz THRESHOLD
python corpus_ours.py languages UDHR.zip
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus_peers import Clock

# The files of the archive in the languages that we must know.
UDHR = {
    "es": ("spa",), "en": ("eng",), "pt": ("por_PT", "por_BR"), "ca": ("cat",), "gl": ("glg",),
    "eu": ("eus",), "fr": ("fra",), "it": ("ita",),
}  # fmt: skip
WORDS = 12  # of a paragraph at least; shorter ones are titles and numbers


def run_stage(folder: str, work: str) -> dict[str, Any]:
    """The corpus stage on a folder; its metrics."""
    from dialecto.corpus.stage import run
    from dialecto.recipe import CorpusSection, Source
    from dialecto.runtime import StageContext

    Path(work).mkdir(parents=True)
    return run(
        StageContext(Path(work)),
        {},
        section=CorpusSection(workers=1),
        sources=[Source(path=folder)],
        root=Path(work),
        lang="es",
        seed=42,
    )


def pipeline(folder: str, work: str) -> dict[str, Any]:
    """Extract to split, personal data on; the worker's start is in the time."""
    clock = Clock()
    found = run_stage(folder, work)
    took = clock.read()
    names = ("bytes.in", "documents.in", "documents.kept", "pii.entities")
    return {**took, **{name: found[name] for name in names}}


class Timers:
    """Processor seconds by step, and where in the code they go, by samples."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.places: dict[str, Counter[str]] = defaultdict(Counter)
        self._running = ["rest: tables and files"]
        self._since = time.process_time()

    def _switch(self) -> None:
        now = time.process_time()
        self.seconds[self._running[-1]] += now - self._since
        self._since = now

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[None]:
        """What is done in the block counts for this step, and for no other."""
        self._switch()
        self._running.append(name)
        try:
            yield
        finally:
            self._switch()
            self._running.pop()

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            with self.of(name):
                return function(*args, **named)

        return call

    def timed_each(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same for a generator."""

        def call(*args: Any, **named: Any) -> Iterator[Any]:
            items = iter(function(*args, **named))
            end = object()
            while True:
                with self.of(name):
                    item = next(items, end)
                if item is end:
                    return
                yield item

        return call

    def sample(self, _signal: int, frame: Any) -> None:
        place = f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_qualname}"
        self.places[self._running[-1]][place] += 1


class _Here:
    """Does the stage's tasks in this process."""

    def run(self, function: Any, tasks: Sequence[Any]) -> Iterator[int]:
        for index, task in enumerate(tasks):
            function(task, {}, lambda _index, _seconds: None)
            yield index


def steps(folder: str, work: str) -> dict[str, Any]:
    """Processor seconds of each step, with the place in the code that most samples fell on."""
    from dialecto.corpus import global_steps, protect, read, sign, stage
    from dialecto.corpus.poison import scan

    timers = Timers()

    @contextlib.contextmanager
    def here(*_args: Any) -> Iterator[_Here]:
        yield _Here()

    def patch(module: Any, name: str, label: str, each: bool = False) -> None:
        if hasattr(module, name):
            wrap = timers.timed_each if each else timers.timed
            setattr(module, name, wrap(label, getattr(module, name)))

    stage.hired = here
    patch(read, "extract", "extract", each=True)
    patch(read, "clean", "clean")
    patch(read, "sha256_file", "hash files")
    patch(read, "count_lines", "boilerplate: count")
    patch(stage, "find_boilerplate", "boilerplate: find")
    sign.JUDGING = tuple(replace(s, run=timers.timed(s.name, s.run)) for s in sign.JUDGING)
    patch(sign.Shingler, "all", "shingles")
    patch(sign, "band_hashes", "MinHash")
    patch(sign, "found_paragraphs", "paragraphs: find")
    global_steps.GLOBAL = tuple(
        replace(s, run=timers.timed(f"{s.name}: whole corpus", s.run)) for s in global_steps.GLOBAL
    )
    protect.FINISHING = tuple(
        replace(s, run=timers.timed(s.name, s.run)) for s in protect.FINISHING
    )
    patch(sign, "count_documents", "poison: count", each=True)
    patch(scan, "look", "poison: look")
    patch(protect, "passages", "held out: passages")
    patch(stage, "place", "split")
    patch(stage, "write_documents", "write shards and lineage")
    patch(stage, "index_corpus", "index of what is kept")
    patch(stage, "write_papers", "data card, Croissant, summary")
    signal.signal(signal.SIGPROF, timers.sample)
    signal.setitimer(signal.ITIMER_PROF, 0.005, 0.005)
    clock = Clock()
    found = run_stage(folder, work)
    took = clock.read()
    signal.setitimer(signal.ITIMER_PROF, 0)
    with timers.of("end"):
        pass
    table = []
    for name, seconds in timers.seconds.most_common():
        places = timers.places[name]
        top = [f"{place} {n / places.total():.0%}" for place, n in places.most_common(2)]
        table.append({"step": name, "seconds": seconds, "limit": ", ".join(top)})
    return {**took, "bytes.in": found["bytes.in"], "steps": table}


def copies(texts: str, shingles: str, threshold: str) -> dict[str, Any]:
    """Signatures and search, from shingles and from texts; writes the shingles for the peer."""
    import numpy as np

    from dialecto.corpus.duplicates import Deduplicator, Document, find_duplicates
    from dialecto.corpus.shingles import Shingler

    with Path(texts).open(encoding="utf-8") as lines:
        rows = {row["id"]: row["text"] for row in map(json.loads, lines)}
    Deduplicator().find({"a": "las tablas se hacen antes", "b": "también la de las firmas"})
    sets = Shingler().all(list(rows.values()))
    np.savez(shingles, hashes=sets.hashes, ends=sets.ends)
    # None with a key of its content: exact copies are searched by their shingles too.
    documents = [Document(name, len(text)) for name, text in rows.items()]
    clock = Clock()
    find_duplicates(documents, sets, float(threshold))
    given = clock.read()
    clock = Clock()
    found = Deduplicator(float(threshold)).find(rows)
    took = clock.read()
    return {
        "texts": took,
        "texts_fast": took,
        "given": given,
        "hashed": given,
        "removed": [d.id for d in found],
    }


def languages(archive: str) -> dict[str, Any]:
    """Right answers on the paragraphs of the Universal Declaration, and on whole ones."""
    from dialecto.corpus.language import identify, identify_all

    identify("El modelo se carga antes de empezar a contar el tiempo que tarda.")
    found: dict[str, Any] = {}
    clock = Clock()
    size = 0
    with zipfile.ZipFile(archive) as files:
        for code, names in UDHR.items():
            whole = [files.read(f"udhr2/{name}.txt").decode("utf-8") for name in names]
            parts = [p for text in whole for p in text.split("\n") if len(p.split()) >= WORDS]
            size += sum(len(text.encode()) for text in (*whole, *parts))
            found[code] = {
                "paragraphs": len(parts),
                "right": sum(name == code for name, _ in identify_all(parts)),
                "whole": all(name == code for name, _ in identify_all(whole)),
            }
    return {"languages": found, "megabytes": size / 1e6, **clock.read()}


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    done = {"pipeline": pipeline, "steps": steps, "copies": copies, "languages": languages}
    print(json.dumps(done[sys.argv[1]](*sys.argv[2:])))
