"""Where records stand while they are worked on: a folder that only its owner may read, DuckDB in it, Arrow arrays. Rules about records may not enter."""
