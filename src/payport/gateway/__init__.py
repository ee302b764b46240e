"""The unified port: one API over every bank. One file a resource; none of them can move money by itself."""
