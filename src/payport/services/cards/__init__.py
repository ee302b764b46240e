"""Cards of the institution: bound to a phone's key by a one-time code."""
