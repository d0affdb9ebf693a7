"""Made-up records in the form of an institute's own. True records may not enter."""
