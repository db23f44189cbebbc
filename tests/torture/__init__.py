"""The service is killed at every step it takes, and nothing may be lost by it.

`python -m tests.torture` runs the service in a process of its own against the simulated
provider, kills it with SIGKILL in windows that are held open and at random moments, and
checks after each what a stranger could check.
"""
