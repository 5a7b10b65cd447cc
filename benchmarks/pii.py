"""Personal data found: MEDDOCAN out of the box and after training, and beside Presidio.

    python benchmarks/pii.py --data FOLDER [--only shipped|trained|english]

FOLDER holds `meddocan_train_brat.tar.gz`, `meddocan_dev_brat.tar.gz` and
`presidio_synth_dataset_v2.json`. Prints Markdown tables. Both finders of the English table read
the same texts in the same process, one after another; presidio-analyzer gets its stock English
recognisers and a blank spaCy model, because no trained one comes with it from the registry: so
it has no recogniser of names, organisations and places there, and its speed is that of its
patterns. Labels of both are mapped by the table of `dialecto pii evaluate`.
"""

from __future__ import annotations

import argparse
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.evaluate import evaluate
from dialecto.corpus.pii.finder import find_in
from dialecto.corpus.pii.gold import GoldDocument, read_gold, type_table
from dialecto.corpus.pii.own_model import OwnModel, train_model
from dialecto.corpus.pii.score import PiiScore, score

REGIONS = ("ES", "AR", "CL", "MX", "CO", "PE", "BR", "UY")
WANTED = frozenset(
    "NAME ID PHONE EMAIL ADDRESS DATE CARD IBAN IP URL PLACE ORGANISATION AGE".split()  # noqa: SIM905
)


def brat(archive: Path) -> list[GoldDocument]:
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
        return read_gold(Path(folder))


def row(name: str, facts: dict[str, Any]) -> str:
    """A line of the table of one reading of MEDDOCAN."""
    rates = [facts[part][key] for part in ("direct", "micro") for key in _RATES]
    cells = [f"{rate:.4f}" for rate in rates]
    cells += [f"{facts['leak_rate']:.4f}", f"{facts['megabytes_per_second']:.2f}"]
    return f"| {name} | {' | '.join(cells)} |"


_RATES = ("precision", "recall", "f1")
_HEAD = (
    "| | direct precision | recall | F1 | all types: precision | recall | F1 | leak rate | MB/s |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def meddocan(documents: Sequence[GoldDocument], model: OwnModel | None) -> dict[str, Any]:
    return evaluate(documents, regions=REGIONS, lang="es", model=model).as_dict()


def by_type(facts: dict[str, Any]) -> str:
    lines = ["| type | gold | precision | recall | F1 | leak rate |", "|---|---|---|---|---|---|"]
    for kind, v in facts["types"].items():
        rates = " | ".join(f"{v[key]:.3f}" for key in (*_RATES, "leak_rate"))
        lines.append(f"| {kind} | {v['gold']} | {rates} |")
    return "\n".join(lines)


Finder = Callable[[Sequence[str]], Iterable[list[Entity]]]
"""What is found in each of these texts."""


def presidio() -> Finder:
    """presidio-analyzer as it comes, without a trained spaCy model."""
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    # The list of top-level domains that it ships with, none from the network.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())
    engine = SpacyNlpEngine(ner_model_configuration=NerModelConfiguration())
    engine.nlp = {"en": spacy.blank("en")}
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    table = type_table()

    def find(text: str) -> list[Entity]:
        found = analyzer.analyze(text=text, language="en")
        return [
            Entity(r.start, r.end, kind, text[r.start : r.end], r.score, "presidio")
            for r in found
            if (kind := table.get(r.entity_type, r.entity_type)) in WANTED
        ]

    return lambda texts: map(find, texts)


def ours(texts: Sequence[str]) -> Iterable[list[Entity]]:
    return find_in(texts, regions=("US", "GB"), lang="en", types=WANTED)


def timed(find: Finder, documents: Sequence[GoldDocument]) -> tuple[PiiScore, float]:
    """(score, MB/s), after a first text that reads lists and models."""
    texts = [document.text for document in documents]
    list(find(texts[:1]))
    started = time.process_time()
    found = list(find(texts))
    seconds = time.process_time() - started
    size = sum(len(document.text.encode()) for document in documents) / 1e6
    pairs = zip((d.entities for d in documents), found, strict=True)
    return score(pairs), size / seconds


def english(path: Path) -> None:
    documents = read_gold(path)
    print("| finder | covered | exact recall | exact precision | found that touch gold | MB/s |")
    print("|---|---|---|---|---|---|")
    results = {
        "dialecto": timed(ours, documents),
        "presidio-analyzer": timed(presidio(), documents),
    }
    for name, (result, speed) in results.items():
        rates = (result.recall, result.micro.recall, result.micro.precision, result.precision)
        print(f"| {name} | {' | '.join(f'{rate:.3f}' for rate in rates)} | {speed:.3f} |")
    print(
        "\n| type | gold | " + " | ".join(f"{name}: recall, leak rate" for name in results) + " |"
    )
    print("|---|---|---|---|")
    for kind in next(iter(results.values()))[0].types:
        scores = [result for result, _ in results.values()]
        cells = [f"{s.types[kind].recall:.3f}, {s.leaks[kind]:.3f}" for s in scores]
        print(f"| {kind} | {scores[0].types[kind].gold} | {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=("shipped", "trained", "english"))
    parser.add_argument("--model", type=Path, help="a model trained before: do not train again")
    options = parser.parse_args()
    parts = {options.only} if options.only else {"shipped", "trained", "english"}
    if parts & {"shipped", "trained"}:
        held_out = brat(options.data / "meddocan_dev_brat.tar.gz")
        print(_HEAD)
    if "shipped" in parts:
        print(row("out of the box", meddocan(held_out, None)), flush=True)
    if "trained" in parts:
        with tempfile.TemporaryDirectory() as folder:
            model = _model(options.model, options.data, Path(folder))
            facts = meddocan(held_out, model)
        print(row(f"after `pii train` ({model.seconds:.0f} s)", facts))
        print(f"\n{by_type(facts)}")
    if "english" in parts:
        print()
        english(options.data / "presidio_synth_dataset_v2.json")


def _model(trained: Path | None, data: Path, folder: Path) -> OwnModel:
    if trained:
        from dialecto.corpus.pii.own_model import load_own_model

        return load_own_model(trained)
    pages = brat(data / "meddocan_train_brat.tar.gz")
    return train_model(pages, folder, regions=REGIONS, lang="es")


if __name__ == "__main__":
    main()
