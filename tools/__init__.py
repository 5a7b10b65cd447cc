"""What one does with a checkout: `python -m tools.make`. Nothing of this is installed."""
