"""The stages of a check, and what a person may do; the world is reached by ports."""
