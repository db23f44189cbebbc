"""The product around one simulated provider, inside one process and without waiting.

All of it is the real one: the pipeline, the database, the client of the provider's
interface, the loader of the policies. Only time, the network and the channels are not.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from service.admin_api import HttpAdminApi
from service.admin_api.exchange import Bounds
from service.bootstrap import Application, build
from service.domain.check import Check
from service.domain.following import Following
from service.domain.policy_set import PolicySet
from service.pipeline.cycle import run_check
from service.pipeline.deliver import deliver_due
from service.pipeline.load import LoadedPolicies, load_policies
from service.policy_files import PolicyFolder
from service.ports import PolicySource, Services
from service.settings import Settings, read_settings
from service.simulator.simulator import Simulator
from tests.fakes.channel import RecordingChannel
from tests.faults.clock import ReadingClock, VirtualClock
from tests.faults.plans import ORGANIZATION, Plan
from tests.faults.provider import TAPS, Tap, Terms, provider
from tests.faults.truth import Truth
from tests.faults.wire import Wire

BASE_URL = "http://provider.example/api/admin"
# Large enough for every honest answer; what is larger stands for 32 MiB.
MOST_BYTES = 256 * 1024

Texts = Sequence[tuple[str, str]]
Rewire = Callable[[Services], Services]


def as_it_is(services: Services) -> Services:
    """Break nothing."""
    return services


class GivenTexts(PolicySource):
    """A folder that holds what the machine wrote; read by the real loader."""

    def __init__(self, folder: PolicyFolder) -> None:
        self.texts: tuple[tuple[str, str], ...] = ()
        self._folder = folder

    @override
    def load(self) -> PolicySet:
        return self._folder.parse(self.texts)

    @override
    def parse(self, texts: Texts) -> PolicySet:
        return self._folder.parse(texts)

    @override
    def draft(self, texts: Texts) -> PolicySet:
        return self._folder.draft(texts)

    @override
    def storable(self, texts: Texts) -> tuple[tuple[str, str], ...]:
        return self._folder.storable(texts)

    @override
    def wait_for_change(self, timeout: timedelta) -> bool:
        del timeout
        return False

    @override
    def look_now(self) -> None:
        return

    @override
    def following(self) -> Following | None:
        return None


@dataclass(frozen=True)
class Workshop:
    """Where worlds are made: a folder in memory, with an empty database to copy."""

    folder: Path
    rewire: Rewire = as_it_is

    @property
    def template(self) -> Path:
        return self.folder / "template.db"

    def prepare(self) -> None:
        """Make the empty database, once for all runs."""
        if not self.template.exists():
            application = build(_settings(self.template, None), {})
            application.upgrade()
            application.close()

    def database(self) -> Path:
        """Give a fresh copy, in the place of the one before."""
        path = self.folder / "run.db"
        for old in self.folder.glob("run.db*"):
            old.unlink()
        shutil.copyfile(self.template, path)
        return path


class World:
    """A provider and an installation; restarts at will."""

    def __init__(self, workshop: Workshop, terms: Terms) -> None:
        self.taps = {name: Tap() for name in TAPS}
        self.taps["unlisted"].rate = 0.0
        self.simulator = Simulator(provider(terms, self.taps))
        self.clock = VirtualClock(self.simulator)
        self._reading = ReadingClock(self.clock)
        self.wire = Wire(self.simulator, self._reading)
        self.truth = Truth(self.simulator, terms.storage_per_day)
        self.channel = RecordingChannel()
        self.plan = Plan()
        self.ceiling: int | None = None
        self._terms = terms
        self._workshop = workshop
        self._database = workshop.database()
        self._apis: dict[str, HttpAdminApi] = {}
        self._application: Application | None = None

    def start(self, plan: Plan, ceiling: int | None) -> None:
        """Start the service, again if it runs."""
        self.close()
        self.ceiling = ceiling
        settings = _settings(self._database, ceiling)
        self._application = build(settings, {}, clock=self.clock)
        built = self._application.services
        self._source = GivenTexts(PolicyFolder(settings.policies, {}, self.clock))
        self.services = self._workshop.rewire(
            replace(
                built,
                policy_source=self._source,
                admin_api=self._admin_api,
                channel=lambda _: self.channel,
                jitter=lambda: 0.5,
            )
        )
        self.load(plan)

    def close(self) -> None:
        if self._application is not None:
            self._application.close()
        for api in self._apis.values():
            api.close()
        self._apis.clear()

    def load(self, plan: Plan) -> bool:
        """Write policies and load them; say whether they are in force now."""
        loaded = self.services.policies
        assert isinstance(loaded, LoadedPolicies)
        self._source.texts = plan.texts(BASE_URL)
        load_policies(self.services, loaded)
        if loaded.error() is None:
            self.plan = plan
        return loaded.error() is None

    def check(self) -> Check:
        return run_check(self.services, ORGANIZATION)

    def is_rolled(self) -> bool:
        """Say whether the provider's total follows the calendar by now."""
        now = self.simulator.clock.now()
        start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return now - start >= timedelta(hours=self._terms.rollover_hours)

    def deliver(self) -> int:
        return deliver_due(self.services)

    def _admin_api(self, name: str) -> HttpAdminApi:
        found = self.services.policies.current().organization(name)
        assert found is not None
        # One way in for the whole run: nothing of it hangs on the guardrails.
        if name not in self._apis:
            self._apis[name] = HttpAdminApi(
                found,
                clock=self._reading,
                jitter=lambda: 0.5,
                transport=self.wire,
                bounds=Bounds(body_bytes=MOST_BYTES),
            )
        return self._apis[name]


def _settings(database: Path, ceiling: int | None) -> Settings:
    environment = {
        "SPENDGUARD_DATABASE_URL": f"sqlite:///{database}",
        "SPENDGUARD_POLICIES": str(database.parent / "policies"),
        "SPENDGUARD_CHECK_INTERVAL": "300",
    }
    if ceiling is not None:
        environment["SPENDGUARD_MAX_LIMIT"] = str(ceiling)
    return read_settings(environment)
