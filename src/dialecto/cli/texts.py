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
    },
}


def text(lang: str, key: str, **values: object) -> str:
    """The text named `key`; Spanish for a language that we do not have."""
    return TEXTS.get(lang, TEXTS["es"])[key].format(**values)
