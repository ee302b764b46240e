"""The SDK: keys, building and signing transactions, sending them, verifying what comes back."""
