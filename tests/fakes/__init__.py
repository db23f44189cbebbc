"""Fakes: real classes that implement the ports, without input or output."""

from tests.fakes.channel import RecordingChannel
from tests.fakes.clock import FakeClock
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import MemoryQueries, MemoryUnitOfWork, Tables
from tests.fakes.policies import FixedPolicies
from tests.fakes.provider import FakeAdminApi

__all__ = [
    "FakeAdminApi",
    "FakeClock",
    "FakeLocks",
    "FixedPolicies",
    "MemoryQueries",
    "MemoryUnitOfWork",
    "RecordingChannel",
    "Tables",
]
