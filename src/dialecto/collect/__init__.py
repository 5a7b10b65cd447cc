"""Snapshots of the sources that are not folders: sites, databases, data sets, Common Crawl.

The only room that uses the network, only for what the recipe's sources ask. Each source becomes
files of formats that the corpus stage reads anyway, and a `snapshot.json` that says what was
asked, what came, what was refused and why: the chain of custody begins there.
"""
