"""What one institute decided: its folder is read, every mistake is named, and a frozen Plan comes out. Records and counts may not enter."""
