"""Composition root: the one place that knows every adapter, and the system clock."""

from service.bootstrap.backtesting import PastWish, backtest_here
from service.bootstrap.build import Application, build, validate_policies
from service.bootstrap.clock import SystemClock
from service.bootstrap.collector import spare_what_lives_long
from service.bootstrap.drafts import draft_to_send
from service.bootstrap.logs import configure_logs
from service.bootstrap.planning import Wish, plan_here
from service.bootstrap.policy_tests import run_tests
from service.bootstrap.secrecy import Secrecy

__all__ = [
    "Application",
    "PastWish",
    "Secrecy",
    "SystemClock",
    "Wish",
    "backtest_here",
    "build",
    "configure_logs",
    "draft_to_send",
    "plan_here",
    "run_tests",
    "spare_what_lives_long",
    "validate_policies",
]
