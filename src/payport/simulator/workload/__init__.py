"""What the simulated parties do: one kind of traffic per file, found by its place."""
