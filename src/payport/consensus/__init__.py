"""Who orders blocks: the engine contract, the embedded engine, and the application side every engine shares."""
