"""Destinations that keep the laws, and one wrong one for each kind of fault that the suite must catch."""
