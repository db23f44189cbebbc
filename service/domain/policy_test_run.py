"""One test of policies, run: what happened at each check, as a person would say it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.alert import AlertKind, health_key
from service.domain.alerting import resolve
from service.domain.check import Check
from service.domain.decision import Memory, Told
from service.domain.errors import Conflict
from service.domain.figure_words import figure_text
from service.domain.guard import Organization
from service.domain.happening import Happening, happenings_of, told_happenings
from service.domain.policy_set import PolicySet
from service.domain.policy_test import PolicyTest
from service.domain.policy_test_given import Act
from service.domain.policy_test_times import moments_of, start_of
from service.domain.replay import Replay, nothing_known
from service.domain.staged_provider import StagedProvider
from service.domain.telling import tell_moved
from service.domain.thresholds import Moved

# Who does what a test says that persons do.
_PERSON = "user:test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """What came of a test: all that happened, and where each threshold stood.

    `figures` are the lines of each check that was made, by `policy/threshold`;
    `refused` are acts that could not be done, with the reason.
    """

    happenings: tuple[Happening, ...]
    figures: Mapping[datetime, Mapping[str, str]]
    refused: tuple[tuple[datetime, str], ...]


def run(test: PolicyTest, policies: PolicySet, organization: Organization) -> Playback:
    """Run a test from its first check to its last."""
    return _Run(test, policies, organization).playback()


class _Run:
    def __init__(
        self, test: PolicyTest, policies: PolicySet, organization: Organization
    ) -> None:
        self._test = test
        self._policies = policies
        self._organization = organization
        self._moments = moments_of(test)
        watching = policies.of(organization.name)
        self._thresholds = {
            f"{policy.id}/{threshold.id}": (policy, threshold)
            for policy in watching
            for threshold in policy.thresholds
        }
        self._provider = StagedProvider(test, organization, watching, self._moments)
        self._console = self._provider.limit
        memory: Memory = replace(
            nothing_known(organization.name),
            observations=self._provider.observations(),
            courses=self._provider.courses(),
            check_interval=test.clock.step,
        )
        past = self._provider.past()
        self._replay = Replay(policies, organization, memory=memory, past=past)
        self._refused: list[tuple[datetime, str]] = []

    def playback(self) -> Playback:
        happenings: list[Happening] = []
        figures: dict[datetime, Mapping[str, str]] = {}
        for at in self._moments:
            happenings.extend(self._acts(at))
            moment = self._replay.step(self._provider.snapshot(at, self._console))
            figures[at] = self._figures(moment.decision.check)
            happenings.extend(happenings_of(moment, figures[at]))
        return Playback(
            happenings=tuple(happenings), figures=figures, refused=tuple(self._refused)
        )

    def _figures(self, check: Check) -> Mapping[str, str]:
        lines: dict[str, str] = {}
        for outcome in check.decisions:
            name = f"{outcome.policy_id}/{outcome.threshold_id}"
            policy, threshold = self._thresholds[name]
            lines[name] = figure_text(policy, threshold, outcome, check)
        return lines

    def _acts(self, at: datetime) -> Iterator[Happening]:
        start = start_of(self._test)
        for act in (each for each in self._test.acts if each.at.of(start) == at):
            try:
                yield from told_happenings(self._act(act, at), at)
            except Conflict as error:
                self._refused.append((at, str(error)))

    def _act(self, act: Act, at: datetime) -> tuple[Told, ...]:
        origin = act.approve or act.deny
        if origin is not None:
            return self._answer(origin, at, is_granted=act.approve is not None)
        if act.release is not None:
            return self._release(at)
        if act.console is not None:
            self._console = self._provider.limit_of(act.console)
        else:
            self._replay.pause(is_paused=act.pause is not None)
        return ()

    def _answer(
        self, origin: str, at: datetime, *, is_granted: bool
    ) -> tuple[Told, ...]:
        for each in self._replay.pending_approvals():
            if f"{each.policy_id}/{each.threshold_id}" == origin:
                return self._replay.answer(
                    each.id, is_granted=is_granted, actor=_PERSON, now=at
                )
        raise Conflict(f"{origin} asks nobody at that time")

    def _release(self, at: datetime) -> tuple[Told, ...]:
        memory = self._replay.memory
        if memory.state.track.hold is None:
            raise Conflict("nothing is held at that time")
        memory.state = replace(memory.state, track=memory.state.track.released(at))
        key = health_key(self._organization.name, AlertKind.TRACKING_HELD)
        alert = memory.alerts(at)[key]
        step = resolve(alert, f"released by {_PERSON}", at)
        memory.save_alert(step.alert or alert)
        channels = self._policies.default_channels
        return tuple(tell_moved((Moved(step=step, channels=channels),)))
