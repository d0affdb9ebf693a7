"""The folder of an institute as a first draft: what its files say, with a comment for each key. No record may enter."""
