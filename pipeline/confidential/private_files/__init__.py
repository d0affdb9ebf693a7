"""What stays in the office beside the records, for their owner alone. Nothing of it may be published."""
