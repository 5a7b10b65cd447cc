"""The open corpora of the sweep, curated by the product's own corpus stage.

    python benchmarks/scaling/corpora.py --data FOLDER --out FOLDER [NAME ...]

FOLDER of --data holds the files named in CORPORA. Each corpus becomes a project that
`dialecto run --until corpus` has run; what is done is not done again.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Corpus:
    """Files below the data folder (archives are unpacked) and their language."""

    name: str
    files: tuple[str, ...]
    lang: str


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
    if not documents.is_dir():
        documents.mkdir(parents=True)
        for name in corpus.files:
            if name.endswith(".tar.gz"):
                with tarfile.open(data / name) as archive:
                    archive.extractall(documents, filter="data")
            else:
                shutil.copyfile(data / name, documents / Path(name).name)
    if not (project / "dialecto.yaml").is_file():
        words = ["new", str(project), "--objective", "text", "--source", str(documents)]
        _dialecto(*words, "--lang", corpus.lang, "--name", corpus.name)
    _dialecto("run", "--until", "corpus", "--project", str(project))
    return (project / "artifacts" / "corpus" / "current").resolve()


def _dialecto(*words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "dialecto", *words], stdout=subprocess.DEVNULL, check=True
    )


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
