"""Steps of the tables' layout."""
