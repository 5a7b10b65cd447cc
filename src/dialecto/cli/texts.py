"""The texts of commands that speak the project's language."""

from __future__ import annotations

TEXTS = {
    "es": {
        "new.ask_source": "Carpeta o archivo con los documentos",
        "new.ask_budget": "Tiempo de entrenamiento",
        "new.no_conversations": "Nota: no hay conversaciones (JSONL con `messages`); el modelo "
        "aprenderá de los documentos y continuará textos. Añada una fuente con "
        "`kind: conversations` para que responda.",
        "new.no_documents": "Nota: solo hay conversaciones; el modelo también aprende a leer "
        "de ellas.",
        "new.empty_source": "Nota: ponga los documentos en la carpeta documents/ del proyecto.",
        "new.done": "Escrito {recipe}\nAhora: dialecto run --project {folder}",
        "demo.scorecard": "Resultados",
        "demo.questions": "Tres preguntas que el modelo no había visto",
        "demo.asked": "Pregunta",
        "demo.answered": "Modelo",
        "demo.expected": "Correcto",
        "demo.report": "Informe",
        "demo.next": "Ahora",
        "demo.new": "dialecto new mi-modelo --source CARPETA",
        "demo.documents.in": "documentos leídos",
        "demo.documents.kept": "documentos aprovechados",
        "demo.quarantine.recall": "archivos rotos apartados",
        "demo.duplicates.recall": "copias encontradas",
        "demo.duplicates.false": "documentos únicos quitados por error",
        "demo.pii.recall": "datos personales sustituidos",
        "demo.pii.precision": "de lo sustituido, datos personales",
        "demo.tokens.train": "tokens de entrenamiento",
        "demo.parameters": "parámetros del modelo",
        "demo.bpb": "bits por byte del modelo (menos es mejor)",
        "demo.bpb.ngram5": "bits por byte de un modelo de 5-gramas",
        "demo.bpb.zstd": "bits por byte de zstd",
        "demo.facts.token_f1": "F1 de las respuestas",
        "demo.facts.accuracy": "preguntas bien respondidas",
        "demo.seconds": "segundos en total",
    },
    "en": {
        "new.ask_source": "Folder or file with the documents",
        "new.ask_budget": "Time to train in",
        "new.no_conversations": "Note: there are no conversations (JSONL with `messages`); the "
        "model will learn from the documents and continue text. Add a source with "
        "`kind: conversations` to make it answer.",
        "new.no_documents": "Note: there are only conversations; the model also learns to read "
        "from them.",
        "new.empty_source": "Note: put the documents in the project's documents/ folder.",
        "new.done": "Wrote {recipe}\nNow: dialecto run --project {folder}",
        "demo.scorecard": "Scorecard",
        "demo.questions": "Three questions that the model had not seen",
        "demo.asked": "Question",
        "demo.answered": "Model",
        "demo.expected": "Right",
        "demo.report": "Report",
        "demo.next": "Now",
        "demo.new": "dialecto new my-model --source FOLDER",
        "demo.documents.in": "documents read",
        "demo.documents.kept": "documents kept",
        "demo.quarantine.recall": "broken files set aside",
        "demo.duplicates.recall": "copies found",
        "demo.duplicates.false": "unique documents removed by mistake",
        "demo.pii.recall": "personal data replaced",
        "demo.pii.precision": "of what was replaced, personal data",
        "demo.tokens.train": "tokens to train on",
        "demo.parameters": "parameters of the model",
        "demo.bpb": "bits per byte of the model (less is better)",
        "demo.bpb.ngram5": "bits per byte of a 5-gram model",
        "demo.bpb.zstd": "bits per byte of zstd",
        "demo.facts.token_f1": "F1 of the answers",
        "demo.facts.accuracy": "questions answered right",
        "demo.seconds": "seconds in all",
    },
}


def text(lang: str, key: str, **values: object) -> str:
    """The text named `key`; Spanish for a language that we do not have."""
    return TEXTS.get(lang, TEXTS["es"])[key].format(**values)
