"""Stories told on a real network."""
