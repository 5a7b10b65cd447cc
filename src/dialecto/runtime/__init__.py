"""What every stage is given: its context, progress, errors, and safe file operations.

The lowest room of the house. It imports nothing of dialecto.
"""

from dialecto.runtime.context import StageContext
from dialecto.runtime.environment import keep_private
from dialecto.runtime.errors import BadUsage, DialectoError, Interrupted, RecipeError
from dialecto.runtime.progress import LogProgress, Progress, SilentProgress

keep_private()

__all__ = [
    "BadUsage",
    "DialectoError",
    "Interrupted",
    "LogProgress",
    "Progress",
    "RecipeError",
    "SilentProgress",
    "StageContext",
]
