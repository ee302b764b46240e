"""CometBFT as the engine: the application side of its four ABCI connections, and a client of its RPC."""
