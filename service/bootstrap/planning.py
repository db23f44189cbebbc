"""A plan at the terminal: which set is in force, and whose figures can be read here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from service.bootstrap.build import Application
from service.bootstrap.drafts import (
    guard_to_look_with,
    has_key,
    read_draft,
    set_of_draft,
)
from service.domain.policy_plan import PolicyPlan
from service.domain.policy_set import PolicySet
from service.pipeline.plan_policies import plan_offline, plan_policies

NO_KEY = (
    "the live figures were not read: its admin key is not set here. Ask a running"
    " service by --url, or compare the files alone by --offline"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be planned: a draft's path, and what it is held against.

    `against` is a folder; None is what the database last had in force.
    """

    path: Path
    against: Path | None = None
    is_offline: bool = False


def plan_here(
    application: Application, wish: Wish, environment: Mapping[str, str]
) -> PolicyPlan:
    """Plan with the figures that this process can read; raise `InvalidPolicies`.

    Organizations whose admin key is not here are told of with that as the reason.
    """
    source = application.services.policy_source
    in_force = in_force_at(application, wish.against)
    after = set_of_draft(source, in_force, read_draft(wish.path), wish.path)
    if wish.is_offline:
        return plan_offline(in_force, after)
    sets = [each for each in (in_force, after) if each is not None]
    guard = guard_to_look_with(sets, environment)
    organizations = () if guard is None else guard.organizations
    if guard is not None:
        application.stand_in(replace(after, guard=guard))
    unread = {each.name: NO_KEY for each in organizations if not has_key(each)}
    return plan_policies(application.services, in_force, after, unread)


def in_force_at(application: Application, against: Path | None) -> PolicySet | None:
    """Give the set of a folder, or without one what the database last had in force."""
    source = application.services.policy_source
    if against is not None:
        draft = replace(read_draft(against), is_whole=True)
        return set_of_draft(source, None, draft, against)
    revision = application.services.queries.last_good_revision()
    if revision is None:
        return None
    return replace(source.draft(revision.texts), revision=revision.revision)
