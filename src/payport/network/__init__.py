"""A consortium on disk and running: who takes part, each member's files and processes, how members come and go."""
