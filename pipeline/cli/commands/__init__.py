"""One module per verb: its options go to a workflow, its result is told. What a workflow decides may not enter."""
