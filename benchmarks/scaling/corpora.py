"""The open corpora of the sweep, curated by the product's own corpus stage.

    python benchmarks/scaling/corpora.py --data FOLDER --out FOLDER [NAME ...]

FOLDER of --data holds the files named in CORPORA. Each corpus becomes a project that
`dialecto run --until corpus` has run; what is done is not done again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from corpora_files import Corpus, dialecto, place_files

CORPORA = (
    Corpus("sqldocs", ("pretrain_es/sqldocs_es_md_30MB.tar.gz",), "es"),
    Corpus("pydocs", ("pretrain_es/pydocs_es_po_12MB.tar.gz",), "es"),
    Corpus("quijote", ("pretrain_es/quijote_gutenberg2000_latin1.txt",), "es"),
    Corpus("mclibre", ("pretrain_es/mclibre_php_html.tar.gz",), "es"),
    Corpus("handbook", ("pretrain_en/18f_handbook_md.tar.gz",), "en"),
    Corpus("shakespeare", ("pretrain_en/tinyshakespeare.txt",), "en"),
    Corpus(
        "wikitext2", ("pretrain_en/wikitext2/valid.txt", "pretrain_en/wikitext2/test.txt"), "en"
    ),
)


def prepare(corpus: Corpus, data: Path, out: Path) -> Path:
    """The corpus artefact's folder."""
    documents, project = out / corpus.name / "documents", out / corpus.name / "project"
    place_files(corpus, data, documents)
    if not (project / "dialecto.yaml").is_file():
        words = ["new", str(project), "--objective", "text", "--source", str(documents)]
        dialecto(*words, "--lang", corpus.lang, "--name", corpus.name)
    dialecto("run", "--until", "corpus", "--project", str(project))
    return (project / "artifacts" / "corpus" / "current").resolve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    for corpus in CORPORA:
        if not options.names or corpus.name in options.names:
            print(corpus.name, prepare(corpus, options.data, options.out), flush=True)


if __name__ == "__main__":
    main()
