"""Linear and whole-number programs over figures: numbers in, numbers out. Tables, records, files and words may not enter."""
