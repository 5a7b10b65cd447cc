"""Tokenize and pack beside `datasets.map`: the same tokenizer, the same texts, in turns.

    python benchmarks/tokenizing.py --data FOLDER --peers PYTHON [--megabytes 30] [--repeats 3]

FOLDER holds pretrain_es/sqldocs_es_md_30MB.tar.gz; PYTHON has datasets and transformers. Ours
reads Parquet, encodes and writes token shards in one process. The peer reads the same Parquet with
`datasets`, maps the tokenizer over it in batches, in as many processes as there are cores, then
packs rows of 1,024 tokens with a second map, as transformers' run_clm.py does. Importing is not
counted. Memory: the largest resident set of ours, over the size of the input.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

OURS = """
import json, resource, sys, time
from pathlib import Path
from transformers import AutoTokenizer
from dialecto.tokenizer.shards import write_shards
from dialecto.tokenizer.stage import read_texts
corpus, folder, out = map(Path, sys.argv[1:4])
tokenizer = AutoTokenizer.from_pretrained(folder).backend_tokenizer
before, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
def memory(field):  # not ru_maxrss, which a process inherits from the one that starts it
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field + ":"))
loaded = memory("VmRSS")
index = write_shards(out, "train", read_texts(corpus, "train"), tokenizer)
wall = time.perf_counter() - wall
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps({"cpu": cpu, "wall": wall, "tokens": index.tokens - index.documents,
                  "loaded": loaded, "rss": memory("VmHWM")}))
"""
PEER = """
import json, os, resource, sys, time
os.environ["HF_HUB_OFFLINE"] = "1"
import datasets
from transformers import AutoTokenizer
corpus, folder, cache, processes = sys.argv[1:5]
datasets.disable_progress_bars()
tokenizer = AutoTokenizer.from_pretrained(folder)
def total():
    uses = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in uses)
def encode(rows):
    return {"input_ids": tokenizer(rows["text"], return_attention_mask=False)["input_ids"]}
def pack(rows, length=1024):
    joined = [token for row in rows["input_ids"] for token in row]
    return {"input_ids": [joined[i:i + length] for i in range(0, len(joined), length)]}
cpu, wall = total(), time.perf_counter()
data = datasets.load_dataset("parquet", data_files=corpus + "/documents/*.parquet",
                             cache_dir=cache, split="train")
options = dict(batched=True, num_proc=int(processes))
mapped = data.map(encode, remove_columns=data.column_names, **options)
middle = total() - cpu, time.perf_counter() - wall
packed = mapped.map(pack, **options)
spent = total() - cpu, time.perf_counter() - wall
tokens = sum(len(row) for row in packed.with_format("numpy")["input_ids"])
print(json.dumps({"cpu": spent[0], "wall": spent[1], "cpu_map": middle[0], "wall_map": middle[1],
                  "tokens": tokens}))
"""


def texts_of(data: Path, size: int) -> list[str]:
    found, total = [], 0
    with tarfile.open(data / "pretrain_es" / "sqldocs_es_md_30MB.tar.gz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".md") else None
            if file and total < size:
                found.append(file.read().decode("utf-8", "replace"))
                total += len(found[-1].encode())
    return found


def corpus_of(texts: list[str], folder: Path) -> Path:
    (folder / "documents").mkdir(parents=True)
    pq.write_table(
        pa.table({"text": texts}),
        folder / "documents" / "train-00000.parquet",
        row_group_size=512,
    )
    return folder


def run(python: str, code: str, *words: str) -> dict[str, float]:
    done = subprocess.run([python, "-c", code, *words], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--peers", help="a Python with datasets and transformers")
    options.add_argument("--megabytes", type=float, default=30)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--vocabulary", type=int, default=8192)
    given = options.parse_args()
    from dialecto.tokenizer.train import as_fast_tokenizer, train_bpe

    processes = len(os.sched_getaffinity(0))
    texts = texts_of(given.data, round(given.megabytes * 1e6))
    size = sum(len(text.encode()) for text in texts) / 1e6
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        learnt = train_bpe(texts[:: max(len(texts) // 400, 1)], vocabulary=given.vocabulary)
        as_fast_tokenizer(learnt).save_pretrained(root / "tokenizer")
        corpus = corpus_of(texts, root / "corpus")
        tokenizer = str(root / "tokenizer")
        print(f"{size:.1f} MB, {len(texts)} documents, load {os.getloadavg()[0]:.1f}")
        for turn in range(given.repeats):
            out = root / f"ours-{turn}"
            ours = run(sys.executable, OURS, str(corpus), tokenizer, str(out))
            print(f"ours   {_row(ours, size)}  load {os.getloadavg()[0]:.1f}")
            shutil.rmtree(out)
            if given.peers:
                cache = root / f"cache-{turn}"
                peer = run(given.peers, PEER, str(corpus), tokenizer, str(cache), str(processes))
                shutil.rmtree(cache)
                print(
                    f"peer   {_row(peer, size)}  ({processes} processes; the first map alone: "
                    f"{peer['cpu_map']:.2f} s of processor, {peer['wall_map']:.2f} s)"
                )
                print(f"ratio  processor {peer['cpu'] / ours['cpu']:.2f} (the first map alone "
                      f"{peer['cpu_map'] / ours['cpu']:.2f}), clock "
                      f"{peer['wall'] / ours['wall']:.2f} "
                      f"({peer['wall_map'] / ours['wall']:.2f})")  # fmt: skip
                assert peer["tokens"] == ours["tokens"], (peer["tokens"], ours["tokens"])
        print("memory of ours, MB: largest resident set, and what loading took of it")
        for times in (1, 10):
            many = corpus_of(texts * times, root / f"corpus-{times}")
            out = root / f"memory-{times}"
            used = run(sys.executable, OURS, str(many), tokenizer, str(out))
            print(f"{times:3d} x {size:.1f} MB: {used['rss']:.0f} ({used['loaded']:.0f}); "
                  f"{size * times / used['cpu']:.1f} MB/s of processor")  # fmt: skip
            shutil.rmtree(out)


def _row(measured: dict[str, float], size: float) -> str:
    return (
        f"{measured['cpu']:6.2f} s of processor  {measured['wall']:6.2f} s  "
        f"{size / measured['cpu']:5.1f} MB/s  {measured['tokens']:.0f} tokens"
    )


if __name__ == "__main__":
    main()
