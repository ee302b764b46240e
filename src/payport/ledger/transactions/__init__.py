"""What the network can do: one file per verb, in the folder of its domain."""
