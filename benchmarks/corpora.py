"""Real corpora through the whole way: size in, size out, time and bits per byte.

    python benchmarks/corpora.py --data FOLDER --out FOLDER [--budget 10m] [--only NAME ...]

FOLDER holds the archives and files named in CORPORA. Each corpus becomes a project made by
`dialecto new` and run by `dialecto run`, as a user would, one after another so that none
disturbs the other's clock. Prints a Markdown table. What is done is not done again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from corpora_files import Corpus, dialecto, place_files

CORPORA = (
    Corpus("Spanish product documentation", ("pretrain_es/sqldocs_es_md_30MB.tar.gz",), "es"),
    Corpus("Hand-written HTML course", ("pretrain_es/mclibre_php_html.tar.gz",), "es"),
    Corpus(
        "Quijote, HTML and Latin-1 text",
        (
            "pretrain_es/quijote_gutenberg2000.htm",
            "pretrain_es/quijote_gutenberg2000_latin1.txt",
        ),
        "es",
    ),
    Corpus("English handbook", ("pretrain_en/18f_handbook_md.tar.gz",), "en"),
)
COLUMNS = (
    "corpus",
    "documents in",
    "kept",
    "MB in",
    "MB kept",
    "corpus s",
    "all s",
    "parameters",
    "epochs",
    "bpb",
    "5-gram",
    "zstd",
)


def run(corpus: Corpus, data: Path, out: Path, budget: str) -> list[str]:
    """One row of the table."""
    root = out / corpus.name.lower().replace(" ", "-").replace(",", "")
    place_files(corpus, data, root / "documents")
    project = root / "project"
    if not (project / "dialecto.yaml").is_file():
        words = ["new", str(project), "--objective", "text", "--source", str(root / "documents")]
        dialecto(*words, "--budget", budget, "--lang", corpus.lang, "--name", corpus.name)
    stages = dialecto("run", "--project", str(project))["stages"]
    made, scores = stages["corpus"]["metrics"], stages["evaluate"]["metrics"]
    trained = stages["pretrain"]["metrics"]
    numbers = [
        f"{made['documents.in']:,}",
        f"{made['documents.kept']:,}",
        f"{made['bytes.in'] / 1e6:.1f}",
        f"{made['bytes.kept'] / 1e6:.1f}",
        f"{stages['corpus']['seconds']:.0f}",
        f"{sum(stage['seconds'] for stage in stages.values()):.0f}",
        f"{trained['parameters']:,}",
        f"{trained['epochs']:.1f}",
        f"{scores['bpb']:.3f}",
        f"{scores['bpb.ngram5']:.3f}",
        f"{scores['bpb.zstd']:.3f}",
    ]
    return [corpus.name, *numbers]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--budget", default="10m")
    parser.add_argument("--only", nargs="*", default=[], help="beginnings of corpora's names")
    options = parser.parse_args()
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS), flush=True)
    for corpus in CORPORA:
        if options.only and not corpus.name.lower().startswith(tuple(options.only)):
            continue
        row = run(corpus, options.data, options.out, options.budget)
        print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
