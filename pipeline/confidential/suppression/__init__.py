"""Which cells to withhold, as numbers: the engine behind protection. Tables, words and files may not enter."""
