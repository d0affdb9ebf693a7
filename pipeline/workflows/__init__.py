"""One use case each: what is done, in which order, with which files. Words and prints may not enter."""
