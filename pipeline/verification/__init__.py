"""Whether the witnesses of an edition hold, by addition and comparison alone. No solver and nothing of what chose the cells may enter."""
