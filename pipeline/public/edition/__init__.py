"""A published edition: its tables and what it says of itself, written, read back, sealed and swapped in. Interpreting the figures may not enter."""
