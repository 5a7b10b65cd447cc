"""Looking at a corpus without changing it: what a step would do, what became of a document."""
