"""Is a text worth learning from: measures, published rules, and what they mean for a genre."""
