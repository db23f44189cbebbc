"""Organizations that spend exactly what the harness pours."""

from datetime import datetime, timedelta
from decimal import Decimal

from service.simulator.configuration import (
    OrganizationConfig,
    SimulatorConfig,
    Stream,
)
from service.simulator.noise import Noise

ORGANIZATIONS = ("acme", "beta")
_STEP = timedelta(minutes=15)
_STEPS_A_DAY = timedelta(days=1) // _STEP


class Tap:
    """A curve of spend that is nothing until somebody pours."""

    def __init__(self) -> None:
        self._waiting = 0.0

    def pour(self, amount: Decimal) -> None:
        """Spend so much in the next step of the provider's time."""
        self._waiting += float(amount)

    def weight(self, at: datetime, before: float, noise: Noise) -> float:
        del at, before, noise
        poured, self._waiting = self._waiting, 0.0
        return poured


class Taps:
    """One tap for each organization, poured from alike."""

    def __init__(self) -> None:
        self._taps = {name: Tap() for name in ORGANIZATIONS}

    def pour(self, amount: Decimal) -> None:
        for tap in self._taps.values():
            tap.pour(amount)

    def provider(self, start: datetime, limit: int) -> SimulatorConfig:
        """Give the provider of these organizations, at the pace of the real clock."""
        return SimulatorConfig(
            start=start,
            speed=1.0,
            step=_STEP,
            history_months=0,
            organizations=tuple(
                OrganizationConfig(
                    name=name,
                    admin_key=f"sg_test_{name}_admin",
                    limit=limit,
                    streams=(
                        Stream(
                            product="mistral-embed",
                            # So that a weight of one is one euro a step.
                            daily=Decimal(_STEPS_A_DAY),
                            curves=(tap,),
                        ),
                    ),
                )
                for name, tap in self._taps.items()
            ),
        )
