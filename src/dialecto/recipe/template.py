"""The recipe that `dialecto new` writes: short, every line explained, ready to run."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from dialecto.recipe.sources import Source

_COMMENTS = {
    "es": {
        "head": "Receta de dialecto. `dialecto run` la sigue; se puede interrumpir y repetir.",
        "name": "Nombre del proyecto y del modelo.",
        "lang": "Idioma de los documentos, los informes y las páginas: es o en.",
        "chat": "chat: responde preguntas. text: continúa textos.",
        "text": "text: continúa textos. chat: responde preguntas (necesita conversaciones).",
        "chat_only": "chat sin conversaciones: por ahora solo aprende de los documentos.",
        "budget": "Tiempo de entrenamiento (90s, 10m, 2h): de él se deduce todo lo demás.",
        "seed": "De ella sale todo lo aleatorio: con la misma, el mismo resultado.",
        "sources": "De dónde salen los documentos; rutas relativas a este archivo.",
        "documents": "documents: textos de los que aprende el idioma y los hechos.",
        "conversations": "conversations: JSONL con `messages` (role, content) para responder.",
        "path": "Carpeta o archivo.",
        "web": "Sitio web: solo sus páginas; se respeta robots.txt (docs/how-to/sources.md).",
        "exclude": "Lo que se deja fuera (patrones como en .gitignore).",
        "evaluate": "Cómo se mide el modelo.",
        "questions": "Preguntas que el modelo no ha visto, con su respuesta.",
        "more": "Todos los campos y su significado: docs/reference/recipe.md. Por ejemplo:",
        "policy": "exige a cada fuente owner, licence, purpose, retention y sensitivity",
        "pii": "datos personales: pseudonym (valor falso coherente) o mask ([NAME])",
        "dedup": "parecido desde el que dos documentos son casi iguales",
        "vocabulary": "número de tokens; si falta, se elige según el corpus",
        "layers": "forma del modelo; si falta, se elige según el presupuesto",
    },
    "en": {
        "head": "A dialecto recipe. `dialecto run` follows it; stop it and run it again freely.",
        "name": "Name of the project and of the model.",
        "lang": "Language of the documents, the reports and the pages: es or en.",
        "chat": "chat: answers questions. text: continues text.",
        "text": "text: continues text. chat: answers questions (needs conversations).",
        "chat_only": "chat without conversations: for now it only learns from the documents.",
        "budget": "Time to train in (90s, 10m, 2h): everything else follows from it.",
        "seed": "Everything random comes from it: the same seed, the same result.",
        "sources": "Where the documents come from; paths relative to this file.",
        "documents": "documents: texts from which it learns the language and the facts.",
        "conversations": "conversations: JSONL with `messages` (role, content) to answer like.",
        "path": "Folder or file.",
        "web": "Web site: only its pages; robots.txt is respected (docs/how-to/sources.md).",
        "exclude": "What is left out (patterns as in .gitignore).",
        "evaluate": "How the model is measured.",
        "questions": "Questions that the model has not seen, with their answers.",
        "more": "All fields and what they mean: docs/reference/recipe.md. For example:",
        "policy": "asks every source for owner, licence, purpose, retention and sensitivity",
        "pii": "personal data: pseudonym (a consistent false value) or mask ([NAME])",
        "dedup": "similarity from which two documents are near duplicates",
        "vocabulary": "number of tokens; chosen from the corpus if missing",
        "layers": "shape of the model; chosen from the budget if missing",
    },
}


def recipe_text(
    *,
    name: str,
    lang: str,
    objective: str,
    budget: str,
    seed: int,
    sources: Sequence[Source],
    questions: str = "",
) -> str:
    """YAML with a comment in `lang` on every line."""
    says = _COMMENTS[lang]
    talks = any(source.kind == "conversations" for source in sources)
    meaning = "chat_only" if objective == "chat" and not talks else objective
    lines = [
        (f"name: {scalar(name)}", says["name"]),
        (f"lang: {lang}", says["lang"]),
        (f"objective: {objective}", says[meaning]),
        (f"budget: {scalar(budget)}", says["budget"]),
        (f"seed: {seed}", says["seed"]),
        ("", ""),
        ("sources:", says["sources"]),
    ]
    for source in sources:
        if source.web:
            start = ", ".join(scalar(url) for url in source.web.start)
            lines.append((f"  - web: {{start: [{start}]}}", says["web"]))
        else:
            lines.append((f"  - path: {scalar(source.path)}", says["path"]))
        lines.append((f"    kind: {source.kind}", says[source.kind]))
        if source.exclude:
            patterns = ", ".join(scalar(pattern) for pattern in source.exclude)
            lines.append((f"    exclude: [{patterns}]", says["exclude"]))
    if questions:
        lines += [
            ("", ""),
            ("evaluate:", says["evaluate"]),
            (f"  questions: {scalar(questions)}", says["questions"]),
        ]
    body = [f"{field}  # {comment}" if field else "" for field, comment in lines]
    more = [
        f"# {says['more']}",
        f"# policy: strict  # {says['policy']}",
        f"# corpus: {{pii: {{policy: mask}}}}  # {says['pii']}",
        f"# corpus: {{dedup: {{threshold: 0.8}}}}  # {says['dedup']}",
        f"# tokenizer: {{vocabulary: 4096}}  # {says['vocabulary']}",
        f"# pretrain: {{shape: {{layers: 4, width: 256}}}}  # {says['layers']}",
    ]
    return "\n".join([f"# {says['head']}", "", *body, "", *more]) + "\n"


def scalar(value: str) -> str:
    """A text as YAML writes it on one line, quoted only where YAML needs it."""
    dumped: str = yaml.safe_dump(
        [value], allow_unicode=True, width=1_000_000, default_flow_style=True
    )
    return dumped.strip()[1:-1]
