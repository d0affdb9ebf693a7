"""Whether the records keep the contract, row by row. Counting and protection may not enter."""
