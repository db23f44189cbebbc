"""Composition root: the one place that knows every adapter, and the system clock."""

from service.bootstrap.build import Application, build, validate_policies
from service.bootstrap.clock import SystemClock
from service.bootstrap.collector import spare_what_lives_long
from service.bootstrap.logs import configure_logs
from service.bootstrap.secrecy import Secrecy

__all__ = [
    "Application",
    "Secrecy",
    "SystemClock",
    "build",
    "configure_logs",
    "spare_what_lives_long",
    "validate_policies",
]
