"""The validator process, its files, and the local interface by which the rest of the program speaks to it."""
