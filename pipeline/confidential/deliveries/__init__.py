"""Whether a delivery is whole and looks like the last one, and what became of its rows. Single records may not enter."""
