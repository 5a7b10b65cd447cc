"""Trains the model of abusive passages that dialecto ships, and tells how good it is.

    python benchmarks/harm_training.py --data FOLDER --out src/dialecto/corpus

Data: 1,000 comments labelled toxic or not (surge-ai/toxicity, MIT), abuse in Spanish and English
that this file writes from templates, and as clean text: the 18F handbook (CC0), Don Quijote (public
domain), the Spanish translation of Python's documentation (CC0), paragraphs of SQuAD-es (CC BY-SA
4.0) and grade-school problems (gsm8k, MIT). Only weights of hashed words are shipped. Prints
five-fold cross-validated AUC, precision and recall on the labelled comments, and what is flagged
of text never trained on. Same data, same bytes.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
import re
import tarfile
import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.toxicity import FEATURES, MODEL, WINDOW, passage_score, word_indices

PRECISION = 0.97  # on labelled comments, whose halves are even
INSULTS = {
    "es": ("imbécil gilipollas idiota subnormal cabrón hijo de puta|hija de puta|hijos de puta|"
           "mierda|basura|escoria|payaso de mierda|zorra|puta|maricón de mierda|retrasado|cerdo|"
           "pedazo de mierda|inútil de mierda|asqueroso|cretino|malnacido|bastardo|mamón|capullo|"
           "puto idiota|puta mierda|pendejo|boludo de mierda|culero|cabrones|imbéciles|"
           "gilipollas|idiotas|rata asquerosa|mongólico|tarado|puto gordo|perra|lameculos"),
    "en": ("fucking idiot|piece of shit|asshole|moron|scum|dumb bitch|retard|motherfucker|"
           "worthless trash|stupid cunt|disgusting pig|dickhead|bastard|pathetic loser"),
}  # fmt: skip
TEMPLATES = {
    "es": ("Eres un {a}, {b}.", "Sois unos {a} y todos lo saben, {b}.", "Cállate ya, {a}.",
           "Vete a la mierda, {a}.", "Que te jodan, {a}, nadie te quiere aquí.",
           "Menudo {a} está hecho ese {b}.", "Ojalá te mueras, {a}.", "No vales nada, {a} {b}.",
           "Ese {a} no sabe ni hablar, qué {b}.", "Toda esa gente es {a} y habría que echarla.",
           "Cierra la boca, {a}, o te la cierro yo.", "Me das asco, {a}.", "A tomar por culo, {a}.",
           "Qué asco de gente, son todos unos {a}.", "Los políticos son unos {a}, {b}."),
    "en": ("You are a {a}, {b}.", "Shut up, {a}.", "Go to hell, {a}.", "What a {a} you are.",
           "Nobody wants you here, {a}.", "I hope you die, {a}."),
}  # fmt: skip
# So that the words of honest sentences about people do not become signs of abuse.
HONEST = (
    "Eres muy amable, gracias por todo.", "Todos los vecinos lo saben y están contentos.",
    "Nadie puede entrar sin permiso.", "Ese informe no vale para el juzgado.",
    "La gente que trabaja aquí vive cerca.", "El paciente murió a las seis de la tarde.",
    "La víctima fue insultada y golpeada, según la denuncia.", "Los políticos aprobaron la ley.",
    "La basura se recoge los martes.", "El cerdo y la perra están en la granja.",
    "El idiota, de Dostoievski, está en la biblioteca.", "You are welcome to visit our office.",
    "The victim was beaten and insulted by two men.", "Nobody is allowed in without a pass.",
)  # fmt: skip


def abuse(rng: random.Random, lang: str, count: int) -> list[str]:
    words = re.split(r"\|", INSULTS[lang].replace("imbécil gilipollas idiota subnormal cabrón hijo",
                     "imbécil|gilipollas|idiota|subnormal|cabrón|hijo"))  # fmt: skip
    found = []
    for _ in range(count):
        lines = rng.sample(TEMPLATES[lang], rng.randint(1, 3))
        found.append(" ".join(line.format(a=rng.choice(words), b=rng.choice(words))
                              for line in lines))  # fmt: skip
    return found


def clean_text(data: Path, rng: random.Random) -> list[str]:
    """Passages of clean text of about a window each."""
    texts = [
        (data / "pretrain_es" / "quijote_gutenberg2000_latin1.txt").read_text(encoding="latin-1")
    ]
    with tarfile.open(data / "pretrain_en" / "18f_handbook_md.tar.gz") as opened:
        for member in opened:
            file = opened.extractfile(member) if member.name.endswith(".md") else None
            if file:
                texts.append(file.read().decode("utf-8", "replace"))
    with tarfile.open(data / "pretrain_es" / "pydocs_es_po_12MB.tar.gz") as opened:
        for member in opened:
            file = opened.extractfile(member) if member.name.endswith(".po") else None
            if file:
                strings = re.findall(
                    r'msgstr "([^"]{80,})"', file.read().decode("utf-8", "replace")
                )
                texts.append(" ".join(strings))
    squad = json.loads((data / "qa" / "squad_es_v1.1_dev_minus_xquad.json").read_bytes())
    texts += [p["context"] for article in squad["data"] for p in article["paragraphs"]]
    lines = (data / "verifiable" / "gsm8k_train.jsonl").read_text(encoding="utf-8").splitlines()
    texts += [json.loads(line)["question"] for line in lines[:1500]]
    passages = []
    for text in texts:
        words = text.split()
        for first in range(0, len(words), WINDOW * 3):
            passages.append(" ".join(words[first : first + WINDOW]))
    rng.shuffle(passages)
    return passages[:12_000] + list(HONEST) * 5


def matrix(texts: Sequence[str]) -> Any:
    from scipy.sparse import csr_matrix

    rows, columns, values = [], [], []
    for row, (singles, pairs) in enumerate(word_indices(texts)):
        indices = np.concatenate([singles[:200], pairs[:200]])
        indices = indices[indices < FEATURES]
        if len(indices):
            rows.append(np.full(len(indices), row))
            columns.append(indices)
            values.append(np.full(len(indices), 1 / np.sqrt(len(indices))))
    return csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(len(texts), FEATURES),
    )


def fit(texts: Sequence[str], labels: NDArray[np.int64]) -> tuple[NDArray[np.float32], float]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=30, class_weight="balanced", max_iter=400, solver="liblinear",
                               random_state=0)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(matrix(texts), labels)
    table = np.append(model.coef_[0].astype(np.float16).astype(np.float32), np.float32(0))
    return table, float(model.intercept_[0])


def scores(texts: Sequence[str], table: NDArray[np.float32], bias: float) -> NDArray[np.float64]:
    return np.array([passage_score(s, p, table, bias) for s, p in word_indices(texts)])


def main() -> None:
    from sklearn.metrics import roc_auc_score

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    rng = random.Random(1)
    with (options.data / "safety" / "surge_toxicity_en.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    comments = [row["text"] for row in rows]
    toxic = np.array([row["is_toxic"] == "Toxic" for row in rows], np.int64)
    written = abuse(rng, "es", 1200) + abuse(rng, "en", 200)
    clean = clean_text(options.data, rng)
    extra = written + clean
    extra_labels = np.array([1] * len(written) + [0] * len(clean), np.int64)
    fold = np.array([number % 5 for number in rng.sample(range(len(rows)), len(rows))])
    held = np.zeros(len(rows))
    for part in range(5):
        inside = np.flatnonzero(fold != part)
        table, bias = fit([comments[i] for i in inside] + extra,
                          np.concatenate([toxic[inside], extra_labels]))  # fmt: skip
        outside = np.flatnonzero(fold == part)
        held[outside] = scores([comments[i] for i in outside], table, bias)
    order = np.argsort(-held, kind="stable")
    precision = np.cumsum(toxic[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precision >= PRECISION)
    threshold = max(float(held[order][good[-1]]) if len(good) else 1.0, 0.95)
    flagged = held >= threshold
    print(
        f"comments, five folds: AUC {roc_auc_score(toxic, held):.3f}; at {threshold:.3f} precision "
        f"{toxic[flagged].mean():.3f}, recall {flagged[toxic == 1].mean():.3f}"
    )
    table, bias = fit(comments + extra, np.concatenate([toxic, extra_labels]))
    fresh = abuse(random.Random(99), "es", 300)
    print(f"abuse written in Spanish, other draws: recall "
          f"{(scores(fresh, table, bias) >= threshold).mean():.3f}")  # fmt: skip
    packed = BytesIO()
    np.savez_compressed(packed, weights=table[:-1].astype(np.float16), bias=np.float64(bias),
                        threshold=np.float64(threshold))  # fmt: skip
    (options.out / MODEL).write_bytes(packed.getvalue())
    digest = hashlib.sha256(packed.getvalue()).hexdigest()
    module = options.out / "toxicity.py"
    if module.is_file():
        source = module.read_text(encoding="utf-8")
        module.write_text(re.sub(r'SHA256 = "\w*"', f'SHA256 = "{digest}"', source), "utf-8")
    print(f"{len(packed.getvalue())} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
