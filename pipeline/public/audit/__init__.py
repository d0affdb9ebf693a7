"""What anybody can deduce from published editions alone. Files and secrets may not enter."""
