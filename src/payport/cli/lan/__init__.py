"""The port on the local network: its addresses, an authority that vouches for them, and how a phone trusts it."""
