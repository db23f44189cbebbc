"""Everything the demo consists of: provider, inbox, policies, database, service."""

import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from service.bootstrap import Application, build, validate_policies
from service.cli.demo.clock import SharedClock
from service.cli.demo.inbox import Inbox
from service.domain.errors import InvalidInput, InvalidPolicies
from service.domain.policy_set import GUARD_FILE
from service.settings import Settings
from service.simulator import scenarios
from service.simulator.server import SimulatorServer
from service.simulator.simulator import Simulator

_SCENARIO = "demo_month"
# The one line of the examples that names the provider.
_BASE_URL = re.compile(r"^(\s*base_url:\s*)\S+", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A provider and a service that knows no other, in a folder of their own.

    `key` is the administrator's for the REST API.
    """

    simulator: Simulator
    clock: SharedClock
    inbox: Inbox
    settings: Settings
    environment: Mapping[str, str]
    key: str

    @property
    def organization(self) -> str:
        """Name the organization that is guarded."""
        return self.simulator.organizations[0]

    def service(self, check_interval: timedelta) -> Application:
        """Build the service; the caller closes it."""
        settings = replace(self.settings, check_interval=check_interval)
        return build(settings, self.environment, clock=self.clock)


@contextmanager
def opened_world(policies: Path, *, seed: int, address: str) -> Iterator[World]:
    """Start the provider and the inbox, and copy the policies; all ends with the block.

    `address` is where the REST API will be. Raises `InvalidInput` without policies and
    `InvalidPolicies` for bad ones.
    """
    if not (policies / GUARD_FILE).is_file():
        raise InvalidInput(f"{policies} holds no {GUARD_FILE}; run the demo beside it")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="spendguard-")))
        simulator = Simulator(scenarios.build(_SCENARIO, seed=seed))
        server = stack.enter_context(SimulatorServer(simulator))
        inbox = stack.enter_context(Inbox())
        environment = {
            "MISTRAL_ADMIN_API_KEY": simulator.config.organizations[0].admin_key,
            "SPENDGUARD_SLACK_URL": inbox.url("slack"),
            "SPENDGUARD_EMAIL_URL": inbox.url("e-mail"),
        }
        _require_valid(policies, environment)
        _copy(policies, folder / "policies", server.base_url)
        key = f"sg_{secrets.token_urlsafe(24)}"
        yield World(
            simulator=simulator,
            clock=SharedClock(simulator),
            inbox=inbox,
            settings=Settings(
                database_url=SecretStr(f"sqlite:///{folder / 'spendguard.db'}"),
                policies=folder / "policies",
                public_url=address,
                admin_key=SecretStr(key),
            ),
            environment=environment,
            key=key,
        )


def _require_valid(policies: Path, environment: Mapping[str, str]) -> None:
    """Find what is wrong where the reader has it, not in our copy."""
    findings = validate_policies(policies, environment, require_variables=True)
    errors = tuple(each for each in findings if not each.is_warning)
    if errors:
        raise InvalidPolicies(errors)


def _copy(policies: Path, to: Path, base_url: str) -> None:
    shutil.copytree(policies, to)
    guard = to / GUARD_FILE
    text = guard.read_text(encoding="utf-8")
    guard.write_text(
        _BASE_URL.sub(lambda line: f"{line[1]}{base_url}", text), encoding="utf-8"
    )
