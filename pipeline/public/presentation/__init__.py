"""What an edition says in one language, ready for page and report alike. Markup may not enter."""
