"""Months of a series under a limit, with and without a key that runs away."""
