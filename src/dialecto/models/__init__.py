"""Models: architectures from transformers' classes, their arithmetic, and the planner."""
