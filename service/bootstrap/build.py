"""Settings to services: every port gets its adapter here."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Timer

import structlog
from pydantic import SecretStr

from service.admin_api import HttpAdminApi
from service.bootstrap.adapters import Adapters
from service.bootstrap.clock import SystemClock
from service.bootstrap.collector import spare_what_lives_long
from service.bootstrap.examination import Ground, examination
from service.bootstrap.facts import LoggedUnitOfWork
from service.bootstrap.heartbeat import HttpHeartbeat
from service.bootstrap.policies import policy_source, repository_of
from service.bootstrap.secrecy import Secrecy
from service.channels.channel import AppriseChannel, warm
from service.domain.diagnosis import Diagnosis
from service.domain.errors import Finding, NotFound
from service.domain.guard import ChannelConfig, Guard, Organization
from service.domain.policy_set import PolicySet
from service.pipeline.decide import require_organization
from service.pipeline.durations import MeasuredDurations
from service.pipeline.examine_guard import idle_ceilings
from service.pipeline.load import (
    LoadedPolicies,
    load_policies,
    wait_for_policies,
)
from service.pipeline.respond_keys import ensure_admin_key
from service.policy_files import validate
from service.ports import Backup, Clock, Services
from service.settings import Settings
from service.storage import Database, SqlQueries, back_up, locks_for

_WARM_AFTER_SECONDS = 2.0

log = structlog.stdlib.get_logger("spendguard")

_MANY_POLICIES = 1000


class Application:
    """The services, and what only the process that runs them may do with them.

    `outbox` is set whenever something was put into the outbox.
    """

    def __init__(
        self, settings: Settings, environment: Mapping[str, str], clock: Clock
    ) -> None:
        self.settings = settings
        self.secrecy = Secrecy(settings.secrets())
        self.outbox = Event()
        self._database = Database(settings.database_url.get_secret_value())
        self._loaded = LoadedPolicies()
        self._admin_apis = Adapters(self._organization, self._admin_api)
        self._channels = Adapters(self._channel_config, self._channel)
        url = settings.heartbeat_url
        self._heartbeat = None if url is None else HttpHeartbeat(url)
        self._clock = clock
        address = repository_of(settings)
        self.secrecy.learn(address.secrets if address else ())
        queries = SqlQueries(self._database)
        seal_key = _bytes(settings.audit_key)
        self.services = Services(
            clock=clock,
            policies=self._loaded,
            policy_source=policy_source(
                settings, environment, clock, queries, self._database.file
            ),
            admin_api=self._admin_apis.get,
            channel=self._channels.get,
            transaction=lambda: LoggedUnitOfWork(self._database, seal_key),
            queries=queries,
            locks=locks_for(self._database, clock),
            durations=MeasuredDurations(),
            limits=settings.limits,
            check_interval=settings.check_interval,
            observations_kept=settings.observations_kept,
            # Spreads retries; nothing secret hangs on it.
            jitter=random.random,
            wake_delivery=self.outbox.set,
            public_url=settings.public_url,
            audit_key=seal_key,
            webhook_secret=_bytes(settings.webhook_secret),
        )

    @property
    def is_alone(self) -> bool:
        """Say whether no other process can be serving this database."""
        return self._database.is_sqlite

    def create(self) -> None:
        """Make the database where there is none; raise `StorageError`."""
        self._database.create()

    def upgrade(self) -> None:
        """Bring the database up to date; raise `StorageError`."""
        self._database.upgrade()

    def back_up(self, file: Path) -> Backup:
        """Copy the database to a new file; raise `Conflict` or `StorageError`."""
        return back_up(self._database, file)

    def prepare(self, *, strict: bool = False) -> None:
        """Do what a service does before it serves.

        Raises `StorageError`, and `InvalidPolicies` when the policies are invalid and
        no earlier set is good, or `strict`.
        """
        self.upgrade()
        self.load_policies(strict=strict)
        if self.settings.admin_key is not None:
            ensure_admin_key(self.services, self.settings.admin_key.get_secret_value())
        # It loads some hundred modules: after the first checks, before most messages.
        warming = Timer(_WARM_AFTER_SECONDS, warm)
        warming.daemon = True
        warming.start()

    def load_policies(self, *, strict: bool = False) -> None:
        """Load the policies, and take note of their secrets."""
        is_new = load_policies(self.services, self._loaded, strict_start=strict)
        policies = self._loaded.current()
        self._take_note(policies.guard)
        if is_new:
            for idle in idle_ceilings(self.services.limits, policies):
                log.warning("ceiling.idle", reason=idle)
        # Few policies cost nothing, and a command ends before it would pay.
        if is_new and len(policies.policies) >= _MANY_POLICIES:
            spare_what_lives_long()

    def stand_in(self, policies: PolicySet) -> None:
        """Take a set as in force for this process alone; nothing is recorded."""
        self._loaded.put(policies)
        self._take_note(policies.guard)

    def wait_for_policies(self, timeout: timedelta) -> bool:
        """Block until the policies are to be loaded again (True) or time is up."""
        return wait_for_policies(self.services, self._loaded, timeout)

    def beat(self) -> None:
        """Tell the dead man's switch, where there is one, that a round has ended."""
        if self._heartbeat is not None:
            self._heartbeat.beat()

    def examine(self, *, calls_switch: bool = False) -> Iterator[Diagnosis]:
        """Look at everything a guard needs; change nothing and tell nobody.

        No secret is in what is said. `calls_switch` calls the dead man's switch once.
        """
        made: list[HttpAdminApi] = []

        def connect(organization: Organization) -> HttpAdminApi:
            made.append(self._admin_api(organization))
            return made[-1]

        ground = Ground(
            settings=self.settings,
            database=self._database,
            services=self.services,
            connect=connect,
            learn=self._take_note,
            beat=self._beats,
        )
        try:
            for each in examination(ground, calls_switch=calls_switch):
                said = self.secrecy.masked(each.said)
                yield replace(each, said=said, advice=self.secrecy.masked(each.advice))
        finally:
            for api in made:
                api.close()

    def _beats(self) -> bool:
        return self._heartbeat is not None and self._heartbeat.beat()

    def close(self) -> None:
        """Close everything that was opened."""
        self._admin_apis.close()
        self._channels.close()
        if self._heartbeat is not None:
            self._heartbeat.close()
        self._database.close()

    def _organization(self, name: str) -> Organization:
        return require_organization(self._loaded.current(), name)

    def _admin_api(self, organization: Organization) -> HttpAdminApi:
        self.secrecy.learn([organization.api_key.get_secret_value()])
        return HttpAdminApi(organization, clock=self._clock, jitter=random.random)

    def _channel_config(self, name: str) -> ChannelConfig:
        channels = self._loaded.current().guard.channels
        found = next((each for each in channels if each.name == name), None)
        if found is None:
            raise NotFound(f"no channel is called {name!r}")
        return found

    def _channel(self, config: ChannelConfig) -> AppriseChannel:
        self.secrecy.learn([config.url.get_secret_value()])
        return AppriseChannel(config)

    def _take_note(self, guard: Guard) -> None:
        """Learn the secrets of a guard; warn of a ceiling that binds nobody."""
        self.secrecy.learn(
            each.api_key.get_secret_value() for each in guard.organizations
        )
        self.secrecy.learn(each.url.get_secret_value() for each in guard.channels)
        known = {each.name for each in guard.organizations}
        for name, _ in self.settings.limits.by_organization:
            if name not in known:
                log.warning("max_limit.unknown_organization", organization=name)


def _bytes(secret: SecretStr | None) -> bytes | None:
    return secret.get_secret_value().encode() if secret else None


def build(
    settings: Settings, environment: Mapping[str, str], *, clock: Clock | None = None
) -> Application:
    """Wire an application; nothing is opened and nothing is read before it is used."""
    return Application(settings, environment, clock or SystemClock())


def validate_policies(
    path: Path, environment: Mapping[str, str], *, require_variables: bool
) -> tuple[Finding, ...]:
    """Check policy files where they are reviewed, without settings or a database."""
    return validate(path, environment, require_variables=require_variables)
