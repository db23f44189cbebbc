"""The simulated provider, with connections that can be held."""

import json
from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override

from service.simulator.configuration import SimulatorConfig
from service.simulator.exchange import Incoming, Outgoing
from service.simulator.refusals import refuse
from service.simulator.simulator import Simulator
from tests.torture.gate import Gate, Window
from tests.torture.ledger import Ledger


class Fate(StrEnum):
    """What becomes of a POST whose sender died before the answer."""

    LOST = "lost"
    APPLIED = "applied"
    LATE = "applied after its sender's death"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An attempt to set the limit, as it arrived."""

    organization: str
    amount: int
    is_audited: bool  # the intent was in the audit log before


class HeldProvider(Simulator):
    """Holds what the gate wants held; notes for each POST whether it was audited."""

    def __init__(self, config: SimulatorConfig, gate: Gate, ledger: Ledger) -> None:
        super().__init__(config)
        self._gate = gate
        self._ledger = ledger
        self._answered: set[str] = set()
        self.fate = Fate.APPLIED
        self.posts: list[Post] = []

    @override
    def answer(self, request: Incoming) -> Outgoing:
        if not request.path.endswith("/spend-limit"):
            return super().answer(request)
        organization = name_of(request.headers.get("x-api-key", ""))
        if request.method == "POST":
            return self._post(organization, request)
        if self._gate.is_armed(Window.POST_ANSWERED):
            self._hold_read_back(organization)
        elif self._gate.is_armed(Window.INTENT_WRITTEN):
            self._hold_intent(organization)
        return super().answer(request)

    def forget_answers(self) -> None:
        """Take no later reading for the one that follows a POST of before."""
        self._answered.clear()

    def _post(self, organization: str, request: Incoming) -> Outgoing:
        amount = int(json.loads(request.body)["amount"])
        asked = self._ledger.asked_last(organization)
        post = Post(
            organization=organization, amount=amount, is_audited=asked == amount
        )
        self.posts.append(post)
        early = None
        if self._gate.is_armed(Window.POST_SENT) and self.fate is Fate.APPLIED:
            early = super().answer(request)
        is_held = self._gate.hold(
            Window.POST_SENT, lambda: self._shown(organization, f"POST {amount}")
        )
        if early is None and is_held and self.fate is Fate.LOST:
            return refuse(503)
        answer = early or super().answer(request)
        self._answered.add(organization)
        return answer

    def _hold_intent(self, organization: str) -> None:
        if organization not in self._answered:
            self._gate.hold(
                Window.INTENT_WRITTEN, lambda: self._shown(organization, "no POST")
            )

    def _hold_read_back(self, organization: str) -> None:
        if organization in self._answered:
            self._gate.hold(
                Window.POST_ANSWERED, lambda: self._shown(organization, "POST answered")
            )

    def _shown(self, organization: str, what: str) -> str:
        if not self._ledger.is_requested(organization):
            return ""
        return f"{organization}: requested, {what}"


def name_of(key: str) -> str:
    """Give whose admin key it is; the scenarios name theirs so too."""
    return key.removeprefix("sg_test_").removesuffix("_admin")
