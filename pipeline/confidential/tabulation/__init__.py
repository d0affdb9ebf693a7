"""Records become counts of every cell, in DuckDB or on a Spark cluster. From here on there are figures; what may be shown is not decided here."""
