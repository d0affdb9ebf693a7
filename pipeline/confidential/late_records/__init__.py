"""What changes in periods that are published already waits here until it can be shown safely. Choosing cells may not enter."""
