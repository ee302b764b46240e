"""Who calls the port, how each shows who he is, and what a route lets whom do."""
