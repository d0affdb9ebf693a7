"""What an edition says in one language, and where on the site it stands, ready for page and report alike. Markup may not enter."""
