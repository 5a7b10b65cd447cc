"""The fictitious company: documents, conversations and questions with the truth about them.

Everything that is planted (personal data, copies, facts, poison, secrets, broken files) is
listed with its exact place, so that the demo and the tests can score every stage.
"""

from dialecto.sample.phrases import count_patterns
from dialecto.sample.write import SampleSummary, write_sample

__all__ = ["SampleSummary", "count_patterns", "write_sample"]
