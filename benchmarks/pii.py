"""Personal data found: MEDDOCAN out of the box and after training, and beside Presidio.

    python benchmarks/pii.py --data FOLDER [--only shipped|trained|english|speed]
        [--model FOLDER] [--pages FOLDER]

FOLDER holds `meddocan_train_brat.tar.gz`, `meddocan_dev_brat.tar.gz` and
`presidio_synth_dataset_v2.json`. Prints Markdown tables. Both finders of the English table read
the same texts in the same process, one after another; presidio-analyzer gets its stock English
recognisers and a blank spaCy model, because no trained one comes with it from the registry: so
it has no recogniser of names, organisations and places there, and its speed is that of its
patterns. Labels of both are mapped by the table of `dialecto pii evaluate`.

`speed` scores nothing: megabytes a second of processor time on MEDDOCAN's training cases, on the
English set, and on the text files of `--pages` if named; `--model` adds a column.
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
from dialecto.corpus.pii.own_model import OwnModel, load_own_model, train_model
from dialecto.corpus.pii.score import PiiScore, score

REGIONS = ("ES", "AR", "CL", "MX", "CO", "PE", "BR", "UY")
WANTED = frozenset(
    "NAME ID PHONE EMAIL ADDRESS BIRTH_DATE DATE CARD IBAN IP URL PLACE ORGANISATION AGE".split()  # noqa: SIM905
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


def seconds(
    groups: Iterable[list[str]], regions: Sequence[str], lang: str, model: OwnModel | None = None
) -> float:
    """Processor time in which all groups of texts are read."""
    started = time.process_time()
    for group in groups:
        list(find_in(group, regions=regions, lang=lang, model=model))
    return time.process_time() - started


def speed(data: Path, pages: Path | None, trained: Path | None) -> None:
    """A table of MB/s: a first reading, and the best of three more; alone, and together."""
    sets = {
        "MEDDOCAN, training cases": (brat(data / "meddocan_train_brat.tar.gz"), REGIONS, "es"),
        "short English texts": (
            read_gold(data / "presidio_synth_dataset_v2.json"),
            ("US", "GB"),
            "en",
        ),
    }
    texts = {name: ([d.text for d in docs], *how) for name, (docs, *how) in sets.items()}
    if pages:
        files = sorted(path for path in pages.rglob("*") if path.is_file())
        found = [path.read_text("utf-8", "replace") for path in files]
        texts[pages.name] = (found, REGIONS, "es")
    model = load_own_model(trained) if trained else None
    print("| texts | number | MB | first reading | again | one by one | after `pii train` |")
    print("|---|---|---|---|---|---|---|")
    for name, (documents, regions, lang) in texts.items():
        size = sum(len(text.encode("utf-8", "replace")) for text in documents) / 1e6
        together, apart = [documents], [[text] for text in documents]
        list(find_in(["Ana Gil, DNI 12345678Z"], regions=regions, lang=lang, model=model))
        times = [seconds(together, regions, lang) for _ in range(4)]
        alone = min(seconds(apart, regions, lang) for _ in range(2))
        cells = [size / each for each in (times[0], min(times[1:]), alone)]
        after = ""
        if model:
            after = f"{size / min(seconds(together, regions, lang, model) for _ in range(3)):.2f}"
        rates = " | ".join(f"{cell:.2f}" for cell in cells)
        print(f"| {name} | {len(documents)} | {size:.2f} | {rates} | {after} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=("shipped", "trained", "english", "speed"))
    parser.add_argument("--model", type=Path, help="a model trained before: do not train again")
    parser.add_argument("--pages", type=Path, help="a folder of texts to measure the speed on")
    options = parser.parse_args()
    if options.only == "speed":
        speed(options.data, options.pages, options.model)
        return
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
        return load_own_model(trained)
    pages = brat(data / "meddocan_train_brat.tar.gz")
    return train_model(pages, folder, regions=REGIONS, lang="es")


if __name__ == "__main__":
    main()
