"""One file becomes its header and its rows, every cell a string, whatever its format. What the columns mean may not enter."""
