"""Kept breakages: each patch breaks a promise, and a named test must see it."""
