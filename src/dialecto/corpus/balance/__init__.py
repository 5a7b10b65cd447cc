"""Balance: how much of each topic, source, language, variety or year a corpus holds."""
