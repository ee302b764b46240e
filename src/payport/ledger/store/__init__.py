"""How blocks and state become durable: a checksummed block log and an LMDB checkpoint written behind it."""
