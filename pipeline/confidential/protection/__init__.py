"""Counts become what may be shown: what would let a woman be found is withheld. Files may not enter."""
