"""Charts and maps of published tables, with the sentence that each supports. Pages may not enter."""
