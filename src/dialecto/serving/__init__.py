"""Serving: engines that turn prompts into text, and the local OpenAI-compatible server.

An :class:`Engine` knows nothing of the network; the server knows nothing of torch.
"""

from dialecto.serving.engine import Answer, Engine, Message, Sampling

__all__ = ["Answer", "Engine", "Message", "Sampling"]
