"""Figures worked out from published ones: changes, shares, rates. None may be shown where a part is withheld."""
