"""What every part of the program speaks of: cells, periods, code lists, findings. Values and pure rules; no file of an institute, no record, nothing that prints may enter."""
