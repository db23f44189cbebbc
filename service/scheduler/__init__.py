"""When things run."""

from service.scheduler.lanes import Lanes
from service.scheduler.loops import Jobs, Scheduler, next_tick, tick_of
from service.scheduler.wiring import scheduler_for

__all__ = ["Jobs", "Lanes", "Scheduler", "next_tick", "scheduler_for", "tick_of"]
