"""Topics that nobody named before: clusters of documents that use the same words.

A bounded sample, drawn by the documents' ids, decides: its terms, their tf-idf, 64 dimensions
of latent semantics (Deerwester et al. 1990), k-means. Then every document goes to the nearest
centre. A topic is named by its most telling terms, and a term is a word that many documents
write in lower case and that is no name of a person or a place, so no name tells of anybody.
"""

from __future__ import annotations

import hashlib
import heapq
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.language import COMMON_WORDS

SAMPLE = 5_000  # documents that decide the topics
READ = 4_000  # characters of a document that tell its topic
FEWEST = 20  # documents; with fewer there are no topics
_TERMS = 8_000
_DIMENSIONS = 64
_NAMED_BY = 3
_LOWER_SHARE = 0.7  # of the documents that write a term without a capital
# Words of four letters and more that say nothing of a text's matter.
_EMPTY_WORDS = """
    algo alguien algún alguna algunas alguno algunos ambos ante antes aquel aquella aquellas
    aquello aquellos aquí así aún aunque bajo bastante bien cada casi cierto cinco como contra
    cosa cosas cual cuales cualquier cuál cuáles cuanto cuánto cuatro cuya cuyo dado dar debe
    deben decir dentro desde después dice dicho dijo dicha diez doña dos durante ella ellas ello
    ellos entonces eran eres esas esos ésta éste esto estos estas está están estaba estado estar
    fuera fueron fue habéis haber había habían hace hacen hacer hacia haciendo hecho hemos hizo
    igual incluso jamás junto luego manera mayor medio mejor menos mientras misma mismas mismo
    mismos modo mucha muchas mucho muchos nada nadie ninguna ninguno nosotros nuestra nuestras
    nuestro nuestros nueva nuevo nunca ocho otra otras otro otros parte peor poca pocas poco
    pocos podemos poder podía pues puede pueden puedes puso quien quienes quién quiere saber
    según seis sean será serán sería siempre siendo siete sido sino solamente solo sólo somos
    suya suyo suyos tales tampoco tanta tantas tanto tantos tenemos tener tenía tiene tienen
    tienes toda todas todavía todo todos tras tres tuvo unas unos usted ustedes varias varios
    veces vosotros vuestra vuestro about above after again also although always another anything
    around because been before being below between both cannot come could does doing done down
    during each either else even ever every first from further getting give goes going gets good
    hers herself himself here however into itself just know last less like made make makes many
    maybe might mine more most much must myself need needs neither never next nothing often once
    only other others ours ourselves over please rather really same shall should since some
    something sometimes soon still such take than that their theirs them themselves then these
    they thing things this those though through together told took toward under until upon used
    uses using very want wants well went were what whatever when where whether while whom whose
    will with within without would your yours yourself
"""
_WORD = re.compile(r"[^\W\d_]{4,24}")
_NOISE = re.compile(r"\S*(?:@|://|www\.|[\\/_])\S*|`[^`\n]*`")  # addresses, paths, code


@dataclass(frozen=True)
class Topics:
    """What assigns a document: terms and their idf, the projection, the centres, the names."""

    terms: dict[str, int]
    idf: NDArray[np.float64]
    projection: NDArray[np.float64]  # (dimensions, terms)
    centres: NDArray[np.float64]  # (topics, dimensions), of length 1
    names: tuple[str, ...]

    def of(self, text: str) -> int:
        """The topic of a text; -1 when it holds none of the terms."""
        weights = _weights(Counter(_words(text)), self.terms, self.idf)
        if not weights:
            return -1
        columns = list(weights)
        values = np.array([weights[column] for column in columns])
        place = self.projection[:, columns] @ values
        return int(np.argmax(self.centres @ place))


def sample_of(names: Iterable[str]) -> frozenset[str]:
    """At most SAMPLE of these ids, the same whatever their order."""
    return frozenset(
        heapq.nsmallest(
            SAMPLE, names, key=lambda n: (hashlib.blake2b(n.encode(), digest_size=8).digest(), n)
        )
    )


def find_topics(texts: Sequence[str], wanted: int, seed: int) -> Topics | None:
    """Topics of a sample of texts, in an order that is always the same; None for too few.

    wanted: how many; 0 chooses by the number of texts.
    """
    from scipy.sparse import csr_matrix
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from threadpoolctl import threadpool_limits

    if len(texts) < FEWEST:
        return None
    counted = [Counter(_words(text)) for text in texts]
    terms = _choose_terms(texts, counted)
    if len(terms) < 10:
        return None
    number = {term: place for place, term in enumerate(terms)}
    frequency = Counter(term for words in counted for term in words if term in number)
    idf = np.array([math.log((1 + len(texts)) / (1 + frequency[term])) + 1 for term in terms])
    rows, columns, values = [], [], []
    for row, words in enumerate(counted):
        for column, value in _weights(words, number, idf).items():
            rows.append(row)
            columns.append(column)
            values.append(value)
    matrix = csr_matrix((values, (rows, columns)), shape=(len(texts), len(terms)))
    topics = wanted or max(3, min(24, round(math.sqrt(len(texts) / 20))))
    topics = min(topics, len(texts) // 5)
    dimensions = min(_DIMENSIONS, len(terms) - 1, len(texts) - 1)
    # One thread: sums in another order could move a document that lies between two centres.
    with threadpool_limits(1):
        latent = TruncatedSVD(dimensions, random_state=seed).fit(matrix)
        places = latent.transform(matrix)
        lengths = np.linalg.norm(places, axis=1, keepdims=True)
        places = places / np.where(lengths > 0, lengths, 1)
        found = KMeans(topics, n_init=4, random_state=seed).fit(places)
    centres = found.cluster_centers_
    centres = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
    names = _names(matrix, found.labels_, terms, topics)
    return Topics(number, idf, latent.components_, centres, names)


def _words(text: str) -> Iterator[str]:
    return (word.lower() for word in _WORD.findall(_NOISE.sub(" ", text[:READ])))


def _weights(
    words: Counter[str], number: dict[str, int], idf: NDArray[np.float64]
) -> dict[int, float]:
    """Tf-idf of the known words by their number, of length 1."""
    found = {
        number[word]: (1 + math.log(count)) * float(idf[number[word]])
        for word, count in words.items()
        if word in number
    }
    length = math.sqrt(sum(value * value for value in found.values()))
    return {column: value / length for column, value in sorted(found.items())}


def _choose_terms(texts: Sequence[str], counted: Sequence[Counter[str]]) -> list[str]:
    """Words of enough documents, not of most, that are written without a capital."""
    from dialecto.corpus.pii.gazetteer import gazetteer

    common = frozenset(_EMPTY_WORDS.split()).union(*COMMON_WORDS.values())
    documents = Counter(word for words in counted for word in words)
    lower: Counter[str] = Counter()
    for text in texts:
        lower.update({w for w in _WORD.findall(_NOISE.sub(" ", text[:READ])) if w == w.lower()})
    least, most = max(5, len(texts) // 500), 0.4 * len(texts)
    people = gazetteer()
    chosen = [
        word
        for word, count in documents.items()
        if least <= count <= most
        and word not in common
        and lower[word] >= _LOWER_SHARE * count
        and not people.of(word) & frozenset("fms")
    ]
    return sorted(sorted(chosen, key=lambda w: (-documents[w], w))[:_TERMS])


def _names(matrix: Any, labels: Any, terms: list[str], topics: int) -> tuple[str, ...]:
    """Of each topic the terms that it has most above the corpus."""
    overall = np.asarray(matrix.mean(axis=0)).ravel()
    names: list[str] = []
    for topic in range(topics):
        own = np.asarray(matrix[labels == topic].mean(axis=0)).ravel()
        order = np.lexsort((np.arange(len(terms)), -(own - overall)))
        chosen: list[str] = []
        for place in order:
            term = terms[place]
            if not any(term[:5] == other[:5] for other in chosen):  # not a plural beside it
                chosen.append(term)
            if len(chosen) == _NAMED_BY:
                break
        name, number = ", ".join(chosen), 2
        while name in names:
            name, number = f"{', '.join(chosen)} ({number})", number + 1
        names.append(name)
    return tuple(names)
