"""The desk: one institution's process that answers for it, with its key, to the port."""
