"""The website: pages, search, stylesheet. Figures are taken as they are published; none is worked out here."""
