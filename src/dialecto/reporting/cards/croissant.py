"""The corpus described in Croissant 1.0 with its Responsible AI vocabulary (JSON-LD).

Sources: MLCommons, "Croissant Format Specification 1.0" and "Croissant RAI Specification 1.0".
What nobody declared is left out rather than invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dialecto.reporting.cards.facts import CardFacts

CONFORMS_TO = (
    "http://mlcommons.org/croissant/1.0",
    "http://mlcommons.org/croissant/RAI/1.0",
)
# Of the Parquet shards: column, type, meaning.
FIELDS = (
    ("id", "sc:Text", "Name of the row: 16 hexadecimal digits, and the part's number if cut."),
    ("source", "sc:Text", "The source that the document came from."),
    ("path", "sc:Text", "Where it lay in its source."),
    ("part", "sc:Integer", "0: the whole document; 1, 2, ...: a part of it."),
    ("lang", "sc:Text", "ISO 639-1 code; empty when unknown."),
    ("text", "sc:Text", "The curated text, its personal data replaced."),
    ("owner", "sc:Text", "Who answers for the data."),
    ("licence", "sc:Text", "Licence or legal basis."),
    ("purpose", "sc:Text", "What the data was collected for."),
    ("retention", "sc:Text", "Date after which it must be forgotten."),
    ("sensitivity", "sc:Text", "How much harm a leak would do."),
)


def croissant(facts: CardFacts) -> dict[str, Any]:
    """The JSON-LD document, as plain data."""
    card = facts.card
    document: dict[str, Any] = {
        "@context": _context(),
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        "name": facts.title,
        "description": card.get("description") or _description(facts),
        "version": card.get("version") or "1.0.0",
        "inLanguage": list(facts.languages),
        "keywords": ["language modelling", "curated", "pseudonymised"],
        "distribution": _distribution(facts),
        "recordSet": [_record_set(split) for split in _splits(facts)],
        **_responsible(facts),
    }
    licences = _distinct(source.licence for source in facts.sources)
    if licences:
        document["license"] = licences
    if card.get("provider"):
        creator = {"@type": "sc:Organization", "name": card["provider"]}
        if card.get("contact", "").startswith(("http://", "https://")):
            creator["url"] = card["contact"]
        document["creator"] = creator
    if len(card.get("collected", "")) == len("2026-01-31"):
        document["datePublished"] = card["collected"]
    return document


def _description(facts: CardFacts) -> str:
    return (
        f"{facts.corpus.kept} curated documents ({facts.bytes} bytes of text) from "
        f"{len(facts.sources)} sources, without duplicates and with personal data replaced."
    )


def _distribution(facts: CardFacts) -> list[dict[str, Any]]:
    """Every shard with its hash, and for each split the set of its shards."""
    files: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject",
            "@id": shard.path,
            "name": shard.path.replace("/", "-"),
            "description": f"A shard of the {shard.split} split.",
            "contentUrl": shard.path,
            "contentSize": f"{shard.bytes} B",
            "encodingFormat": "application/x-parquet",
            "sha256": shard.sha256,
        }
        for shard in facts.shards
    ]
    return files + [
        {
            "@type": "cr:FileSet",
            "@id": f"{split}-shards",
            "name": f"{split}-shards",
            "description": f"All shards of the {split} split.",
            "encodingFormat": "application/x-parquet",
            "includes": f"documents/{split}-*.parquet",
        }
        for split in _splits(facts)
    ]


def _splits(facts: CardFacts) -> list[str]:
    return list(dict.fromkeys(shard.split for shard in facts.shards))


def _record_set(split: str) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": split,
        "name": split,
        "description": f"The documents of the {split} split.",
        "key": {"@id": f"{split}/id"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{split}/{name}",
                "name": f"{split}/{name}",
                "description": meaning,
                "dataType": kind,
                "source": {"fileSet": {"@id": f"{split}-shards"}, "extract": {"column": name}},
            }
            for name, kind, meaning in FIELDS
        ],
    }


def _responsible(facts: CardFacts) -> dict[str, Any]:
    """The Responsible AI part: what was done to the data and what to beware of."""
    removed = ", ".join(f"{r.count} {r.reason}" for r in facts.corpus.removals) or "none"
    replaced = ", ".join(f"{count} {name}" for name, count in facts.corpus.entities) or "none"
    found = {
        "rai:dataCollection": "; ".join(
            f"{s.name}: {s.found} documents, origin {s.origin}" for s in facts.sources
        ),
        "rai:dataPreprocessingProtocol": [
            "Text extracted from files, encodings repaired, shared boilerplate lines dropped.",
            "Languages kept: " + ", ".join(facts.settings.get("languages", [])) + ".",
            f"Documents removed or quarantined: {removed}.",
            "Split into train, validation and test so that near-duplicates and one person's "
            "documents stay together.",
        ],
        "rai:personalSensitiveInformation": [
            f"Personal data found and replaced ({facts.settings.get('pii', 'off')}): {replaced}.",
            *(f"{s.name}: sensitivity {s.sensitivity}." for s in facts.sources if s.sensitivity),
        ],
        "rai:dataUseCases": _distinct(source.purpose for source in facts.sources),
        "rai:dataLimitations": [
            "What finders of personal data miss stays in the text; treat it as confidential.",
        ],
        "rai:dataReleaseMaintenancePlan": "; ".join(
            f"{s.name}: to be forgotten after {s.retention}" for s in facts.sources if s.retention
        ),
        "rai:dataCollectionTimeFrame": [facts.card["collected"]]
        if len(facts.card.get("collected", "")) == len("2026-01-31")
        else [],
    }
    return {name: value for name, value in found.items() if value}


def _distinct(values: Iterable[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value]


def _context() -> dict[str, Any]:
    """The `@context` that the specification prescribes."""
    plain = (
        *("citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet"),
        *("format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path"),
        *("recordSet", "references", "regex", "repeated", "replace", "separator", "source"),
        *("samplingRate", "equivalentProperty", "subField", "transform"),
    )
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "dct": "http://purl.org/dc/terms/",
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "sc": "https://schema.org/",
        **{name: f"cr:{name}" for name in plain},
    }
