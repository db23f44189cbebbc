"""The whole examination of an installation, in the order in which things depend."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service.bootstrap.examine import (
    examine_addresses,
    examine_database,
    examine_settings,
)
from service.domain.diagnosis import Diagnosis, Verdict, about, worst
from service.domain.errors import InvalidPolicies, StorageError
from service.domain.guard import Guard, Organization
from service.domain.policy_set import PolicySet
from service.pipeline.examine_guard import (
    examine_ceilings,
    examine_channels,
    examine_following,
    examine_history,
    examine_policies,
    examine_rounds,
)
from service.pipeline.examine_provider import examine_provider
from service.pipeline.load import read_policies
from service.ports import AdminApi, Services
from service.settings import Settings
from service.storage import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is examined; `connect` gives a client of any spelling.

    `learn` takes note of a guard's secrets before anything can quote them; `beat` calls
    the dead man's switch and tells whether it answered.
    """

    settings: Settings
    database: Database
    services: Services
    connect: Callable[[Organization], AdminApi]
    learn: Callable[[Guard], None]
    beat: Callable[[], bool]


def examination(ground: Ground, *, calls_switch: bool) -> Iterator[Diagnosis]:
    """Look at everything; what cannot be looked at without something else is left out.

    Changes nothing and tells nobody, but for the switch where `calls_switch`.
    """
    yield from examine_settings(ground.settings)
    yield _switch(ground, calls_switch=calls_switch)
    database = tuple(examine_database(ground.database))
    yield from database
    has_database = worst(database[:1]) is Verdict.FINE
    try:
        policies = _policies(ground.services, has_database=has_database)
    except InvalidPolicies as error:
        for finding in error.findings:
            advice = "" if finding.is_warning else "mend it; nothing is loaded before"
            verdict = Verdict.NOTE if finding.is_warning else Verdict.FINDING
            yield about("policies", "policies load").when(verdict, str(finding), advice)
        yield from examine_following(ground.services)
        return
    except StorageError:
        said = "not read: only the database knows which commit was in force"
        yield about("policies", "policies load").when(Verdict.UNREACHABLE, said)
        return
    ground.learn(policies.guard)
    yield from examine_policies(policies)
    yield from examine_following(ground.services)
    yield from examine_ceilings(ground.services, policies)
    for organization in policies.guard.organizations:
        yield from examine_provider(ground.services, organization, ground.connect)
    yield from examine_addresses(policies.guard)
    if has_database:
        proofs = ground.services.queries.proofs()
        yield from examine_channels(ground.services, policies, proofs)
        yield from examine_rounds(ground.services, policies)
        yield from examine_history(ground.services, policies)


def _policies(services: Services, *, has_database: bool) -> PolicySet:
    if not has_database:
        return services.policy_source.load()
    return read_policies(services)[0]


def _switch(ground: Ground, *, calls_switch: bool) -> Diagnosis:
    base = about("settings", "heartbeat")
    if ground.settings.heartbeat_url is None:
        advice = "SPENDGUARD_HEARTBEAT_URL is called after each round of checks"
        said = "not set: nobody outside notices a guard that has died"
        return base.when(Verdict.NOTE, said, advice)
    if not calls_switch:
        return base.when(Verdict.FINE, "set; spendguard doctor --send calls it")
    if ground.beat():
        return base.when(Verdict.FINE, "set, and the switch answered")
    advice = "is SPENDGUARD_HEARTBEAT_URL right, and the network open to it?"
    return base.when(Verdict.UNREACHABLE, "the switch did not take a call", advice)
