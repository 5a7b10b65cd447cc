"""How the shipped gazetteer and model are made. Not used when a corpus is refined."""
