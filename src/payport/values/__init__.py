"""The nouns every layer shares: money, identifiers, block time, limits, codec, hashing, signature schemes."""
