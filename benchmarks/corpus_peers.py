"""What the peers do, run with their own Python: no import of ours, one JSON line of results.

python corpus_peers.py datatrove IN.jsonl FOLDER html|text
python corpus_peers.py datasketch TEXTS.jsonl SHINGLES.npz THRESHOLD
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

STOP_WORDS = "de la en el y a que del los se por un con una las su".split()  # noqa: SIM905
PERMUTATIONS = 128


class Clock:
    """Seconds of processor (of this process and of its children) and of the clock."""

    def __init__(self) -> None:
        self._cpu, self._wall = self._now()

    def _now(self) -> tuple[float, float]:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used), time.monotonic()

    def read(self) -> dict[str, float]:
        cpu, wall = self._now()
        return {"cpu": cpu - self._cpu, "wall": wall - self._wall}


def datatrove(source: str, folder: str, kind: str) -> dict[str, object]:
    """Readers, extraction, rules, the four steps of MinHash, writer: as FineWeb-2 does.

    Its language filter is left out, because its model has to be downloaded; so are personal data.
    """
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
        LambdaFilter,
    )
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.word_tokenizers import load_word_tokenizer
    from loguru import logger

    logger.remove()
    load_word_tokenizer("spa").word_tokenize("Los modelos se cargan antes de empezar.")
    out = Path(folder)
    config = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8)
    clock = Clock()
    laps: dict[str, float] = {}

    extractor = Trafilatura(favour_precision=True)

    extracting = 0.0

    def extracted(document: object) -> bool:
        """Its extractor without the process that guards it, which costs it time."""
        nonlocal extracting
        began = time.process_time()
        document.text = extractor.extract(document.text)  # type: ignore[attr-defined]
        extracting += time.process_time() - began
        return bool(document.text)  # type: ignore[attr-defined]

    def run(name: str, *steps: object, tasks: int = 1) -> None:
        lap = Clock()
        LocalPipelineExecutor(
            pipeline=list(steps), tasks=tasks, workers=1, logging_dir=str(out / "logs" / name)
        ).run()
        laps[name] = lap.read()["cpu"]

    run(
        "read, extract, filter",
        JsonlReader(str(Path(source).parent), glob_pattern=Path(source).name),
        *([LambdaFilter(extracted)] if kind == "html" else []),
        # All rules with thresholds that nothing breaks: the published ones throw most technical
        # pages out at the first filter, and what is thrown out costs the later steps nothing.
        # Ours, too, measures every document by every rule.
        GopherRepetitionFilter(
            language="spa",
            dup_line_frac=9,
            dup_para_frac=9,
            dup_line_char_frac=9,
            dup_para_char_frac=9,
            top_n_grams=tuple((n, 9) for n in (2, 3, 4)),
            dup_n_grams=tuple((n, 9) for n in (5, 6, 7, 8, 9, 10)),
        ),
        GopherQualityFilter(
            language="spa",
            min_doc_words=1,
            max_doc_words=10**9,
            min_avg_word_length=0.1,
            max_avg_word_length=10**6,
            max_symbol_word_ratio=9,
            max_bullet_lines_ratio=9,
            max_ellipsis_lines_ratio=9,
            max_non_alpha_words_ratio=0.001,
            min_stop_words=-1,
            stop_words=STOP_WORDS,
        ),
        C4QualityFilter(
            language="spa",
            filter_no_terminal_punct=False,
            filter_curly_bracket=False,
            filter_javascript=False,
            filter_policy=False,
            min_num_sentences=1,
        ),
        FineWebQualityFilter(
            language="spa",
            line_punct_thr=-1,
            short_line_thr=9,
            char_duplicates_ratio=9,
            new_line_ratio=9,
        ),
        JsonlWriter(str(out / "filtered"), compression=None),
    )
    run(
        "signatures",
        JsonlReader(str(out / "filtered")),
        MinhashDedupSignature(str(out / "signatures"), config=config, language="spa"),
    )
    run(
        "buckets",
        MinhashDedupBuckets(str(out / "signatures"), str(out / "buckets"), config=config),
        tasks=config.num_buckets,
    )
    run("clusters", MinhashDedupCluster(str(out / "buckets"), str(out / "remove"), config=config))
    run(
        "remove, write",
        JsonlReader(str(out / "filtered")),
        MinhashDedupFilter(str(out / "remove")),
        JsonlWriter(str(out / "kept"), compression=None),
    )
    took = clock.read()
    kept = sum(
        sum(1 for _ in path.open(encoding="utf-8")) for path in (out / "kept").glob("*.jsonl")
    )
    filtered = sum(
        sum(1 for _ in path.open(encoding="utf-8")) for path in (out / "filtered").glob("*.jsonl")
    )
    return {**took, "kept": kept, "filtered": filtered, "extracting": extracting, "steps": laps}


def datasketch(texts: str, shingles: str, threshold: str) -> dict[str, object]:
    """MinHash and LSH as its documentation shows: `bulk`, then query and insert one by one.

    Four times: from texts with its own hash function and with a faster one (which its
    documentation proposes), from shingles as bytes, and from 32-bit hashes ready to be permuted.
    """
    import re

    import numpy as np
    import xxhash
    from datasketch import MinHash, MinHashLSH

    names, bodies = [], []
    with Path(texts).open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            names.append(row["id"])
            bodies.append(row["text"])
    packed = np.load(shingles)
    sets = np.split(packed["hashes"], packed["ends"][:-1])
    # Shingles as bytes, which it hashes by its own function; and 32 bits ready to be permuted.
    packed_sets = [[own[i : i + 8] for i in range(0, len(own), 8)]
                   for own in (part.tobytes() for part in sets)]  # fmt: skip
    ready = [(own & np.uint64(0xFFFFFFFF)).tolist() for own in sets]

    def search(hashes: list[MinHash]) -> list[str]:
        lsh = MinHashLSH(threshold=float(threshold), num_perm=PERMUTATIONS)
        removed = []
        for name, own in zip(names, hashes, strict=True):
            if lsh.query(own):
                removed.append(name)
            else:
                lsh.insert(name, own)
        return removed

    clock = Clock()
    search(MinHash.bulk(packed_sets, num_perm=PERMUTATIONS))
    given = clock.read()
    clock = Clock()
    search(MinHash.bulk(ready, num_perm=PERMUTATIONS, hashfunc=int))
    hashed = clock.read()
    word = re.compile(r"[^\W_]+")

    def from_texts(**options: object) -> tuple[list[str], dict[str, float]]:
        clock = Clock()
        made = []
        for body in bodies:
            words = word.findall(body.casefold())
            made.append(
                {" ".join(words[i : i + 5]).encode() for i in range(max(len(words) - 4, 1))}
            )
        removed = search(MinHash.bulk(made, num_perm=PERMUTATIONS, **options))
        return removed, clock.read()

    removed, plain = from_texts()
    _, fast = from_texts(hashfunc=xxhash.xxh32_intdigest)
    return {
        "texts": plain,
        "texts_fast": fast,
        "given": given,
        "hashed": hashed,
        "removed": removed,
    }


if __name__ == "__main__":
    print(
        json.dumps({"datatrove": datatrove, "datasketch": datasketch}[sys.argv[1]](*sys.argv[2:]))
    )
