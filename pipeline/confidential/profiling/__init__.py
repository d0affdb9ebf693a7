"""Files of an office → what may be told of them, for a first draft of its folder. What is rare or looks like somebody may not leave it."""
