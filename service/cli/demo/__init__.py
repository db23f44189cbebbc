"""`spendguard demo`: a month at a simulated provider, on this machine alone.

Nothing is scripted: the service runs as it would anywhere, its clock is turned by hand,
and what is shown is read from its own audit log.
"""

from service.cli.demo.command import app

__all__ = ["app"]
