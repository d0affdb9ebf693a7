"""The words of site and command line, by language. What is said to people stands in `site/texts`; figures and records may not enter."""
