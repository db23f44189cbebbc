"""A guarded world on this machine: policies, settings, an application, a clock."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
import yaml

from benchmarks.provider import key_of
from service.bootstrap import Application, SystemClock, build
from service.settings import read_settings

# A month nearly over: the provider's answers are as long as they get.
LATE_IN_MONTH = datetime(2026, 8, 28, 12, tzinfo=UTC)
ADMIN_KEY = "sg_test_bench_admin"
# Nobody listens there.
NOWHERE = "json://127.0.0.1:9/never"


class ShiftedClock:
    """A clock that runs like the real one, from a moment of our own choice."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Give the shifted moment in UTC."""
        return self._start + timedelta(seconds=time.monotonic() - self._began)

    def monotonic(self) -> float:
        """Give seconds that never go back."""
        return time.monotonic()

    def sleep(self, duration: timedelta) -> None:
        """Wait."""
        time.sleep(max(duration.total_seconds(), 0))


def name_of(number: int) -> str:
    """Give the name of a guarded organization, counted from 0."""
    return f"acme-{number:03d}"


def policy(
    organization: str,
    name: str,
    scope: Mapping[str, object],
    thresholds: Sequence[Mapping[str, object]],
    *,
    period: str = "month",
) -> dict[str, object]:
    """Give a policy as its file has it, with a budget of 5000 EUR."""
    return {
        "id": f"{organization}-{name}",
        "organization": organization,
        "scope": scope,
        "budget": {"amount": 5000, "currency": "EUR", "period": period},
        "thresholds": thresholds,
    }


def usual_policies(organization: str) -> list[dict[str, object]]:
    """Give six policies as a team has them: all, two workspaces, parts, a day."""
    steps = [
        {"id": f"at-{percent}", "spend": f"{percent}%"} for percent in (50, 80, 100)
    ]
    limit = {"id": "near-limit", "limit": "85%"}
    return [
        policy(organization, "all", {}, [*steps, limit]),
        policy(organization, "search", {"workspace": "Search"}, steps),
        policy(organization, "support", {"workspace": "Support"}, steps),
        policy(organization, "ocr", {"categories": ["ocr"]}, steps),
        policy(organization, "large", {"models": ["mistral-large*"]}, steps),
        policy(organization, "daily", {}, steps, period="day"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Whom a folder of policies guards, at which provider, and whom it tells.

    The `organizations` share the keys of the `simulated` ones, so that many of them do
    not need as large a simulator. Channels are called `channel-0` and so on.
    """

    provider_url: str
    organizations: int = 1
    simulated: int = 1
    channels: tuple[str, ...] = (NOWHERE,)

    @property
    def names(self) -> list[str]:
        """Give the organizations' names."""
        return [name_of(number) for number in range(self.organizations)]


def write_policies(
    folder: Path, wiring: Wiring, policies: Sequence[Mapping[str, object]]
) -> None:
    """Write a policy folder."""
    guard = {
        "version": 1,
        "organizations": [
            {
                "name": name,
                "provider": "mistral",
                "base_url": f"{wiring.provider_url}/api/admin",
                "api_key": key_of(number % wiring.simulated),
                "currency": "EUR",
            }
            for number, name in enumerate(wiring.names)
        ],
        "channels": [
            {"name": f"channel-{number}", "url": url}
            for number, url in enumerate(wiring.channels)
        ],
        "default_channels": ["channel-0"],
    }
    folder.mkdir(exist_ok=True)
    _write(folder / "guard.yaml", guard)
    _write(folder / "policies.yaml", {"version": 1, "policies": list(policies)})


def _write(file: Path, content: Mapping[str, object]) -> None:
    # In one step, so that a service that looks on never sees half of it.
    written = file.with_suffix(".new")
    written.write_text(yaml.safe_dump(content))
    written.replace(file)


def settings_in(folder: Path) -> dict[str, str]:
    """Give the settings of a service whose files are all in one folder."""
    return {
        "SPENDGUARD_DATABASE_URL": f"sqlite:///{folder}/bench.db",
        "SPENDGUARD_POLICIES": str(folder / "policies"),
        "SPENDGUARD_ADMIN_KEY": ADMIN_KEY,
        # Longer than any measurement: checks are started by hand.
        "SPENDGUARD_CHECK_INTERVAL": "86400",
    }


def now() -> datetime:
    """Give the real time, for what a child with the system's clock is to agree with."""
    return SystemClock().now()


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="spendguard-bench-") as name:
        yield Path(name)


@contextmanager
def application(folder: Path, start: datetime) -> Iterator[Application]:
    """Open the application of a folder in this process, prepared as `serve` does."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    environment = settings_in(folder)
    settings = read_settings(environment)
    opened = build(settings, environment, clock=ShiftedClock(start))
    try:
        opened.prepare()
        yield opened
    finally:
        opened.close()
