"""Policies as the machine means them, and the YAML that says the same.

What the product reads is the text; the invariants read these plans, so that no
reading of ours can be wrong in both places alike.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

ORGANIZATION = "acme"
KEY = "sg_test_acme_admin"
CHANNELS = ("finops", "finops-mail")
_HUNDRED = Decimal(100)

Json = str | int | bool | None | dict[str, "Json"] | list["Json"]


@dataclass(frozen=True)
class Quantity:
    """An amount, a percent of the budget, or either on top of the spend."""

    number: Decimal
    is_percent: bool = False
    is_on_spend: bool = False

    def of(self, budget: Decimal, spend: Decimal = Decimal(0)) -> Decimal:
        amount = budget * self.number / _HUNDRED if self.is_percent else self.number
        return spend + amount if self.is_on_spend else amount

    def text(self) -> Json:
        written = f"{self.number:f}%" if self.is_percent else f"{self.number:f}"
        if self.is_on_spend:
            return f"spend + {written}"
        return written if self.is_percent else int(self.number)


@dataclass(frozen=True)
class EffectPlan:
    """What a threshold does: `kind` is raise_limit, cap_limit or set_limit."""

    kind: str
    by: Quantity
    up_to: Quantity | None = None
    times: int | None = None
    cooldown: int | None = None  # seconds
    below_spend: bool = False
    expires: int | None = None  # seconds, of a raise
    asks: int | None = None  # seconds to answer; None asks nobody
    on_expiry: str = "deny"

    def document(self) -> Json:
        inner: dict[str, Json] = {}
        if self.kind == "raise_limit":
            inner["by"] = self.by.text()
            if self.up_to is not None:
                inner["up_to"] = self.up_to.text()
            if self.times is not None:
                inner["times_per_period"] = self.times
            if self.cooldown is not None:
                inner["cooldown"] = f"{self.cooldown}s"
            if self.expires is not None:
                inner["expires"] = f"{self.expires}s"
            return {self.kind: inner, "approval": self._approval()}
        inner["to"] = self.by.text()
        if self.below_spend:
            inner["below_spend"] = True
        return {self.kind: inner, "approval": self._approval()}

    def _approval(self) -> Json:
        if self.asks is None:
            return "none"
        return {"expires": f"{self.asks}s", "on_expiry": self.on_expiry}


@dataclass(frozen=True)
class ThresholdPlan:
    """What is watched: `watch` is spend, limit or usage."""

    id: str
    watch: str
    at: Quantity
    held_for: int = 0  # seconds
    repeat: int = 0  # seconds
    effect: EffectPlan | None = None

    def document(self) -> Json:
        found: dict[str, Json] = {"id": self.id}
        if self.watch == "usage":
            found["usage"] = {"unit": "api_tokens", "above": self.at.text()}
        else:
            found[self.watch] = self.at.text()
        if self.held_for:
            found["for"] = f"{self.held_for}s"
        if self.repeat:
            found["repeat"] = f"{self.repeat}s"
        if self.effect is not None:
            found["then"] = self.effect.document()
        return found


@dataclass(frozen=True)
class ScopePlan:
    """A part of the usage; empty is all of it."""

    workspace: str | None = None
    category: str | None = None
    model: str | None = None

    @property
    def is_everything(self) -> bool:
        return self == ScopePlan()

    @property
    def key(self) -> str:
        """The scope as alerts name it."""
        parts = [ORGANIZATION]
        if self.workspace:
            parts.append(f"workspace={self.workspace}")
        if self.category:
            parts.append(f"categories={self.category}")
        if self.model:
            parts.append(f"models={self.model}")
        return ";".join(parts)

    def document(self) -> Json:
        found: dict[str, Json] = {}
        if self.workspace:
            found["workspace"] = self.workspace
        if self.category:
            found["categories"] = [self.category]
        if self.model:
            found["models"] = [self.model]
        return found


@dataclass(frozen=True)
class PolicyPlan:
    """A budget for a scope, with its thresholds."""

    id: str
    scope: ScopePlan
    budget: Decimal
    period: str
    enforce: bool
    thresholds: tuple[ThresholdPlan, ...]

    @property
    def may_act(self) -> bool:
        """Say whether the language allows it to touch the limit."""
        return self.scope.is_everything and self.period == "month"

    def threshold(self, threshold_id: str) -> ThresholdPlan | None:
        return next((t for t in self.thresholds if t.id == threshold_id), None)

    def document(self) -> Json:
        return {
            "id": self.id,
            "organization": ORGANIZATION,
            "scope": self.scope.document(),
            "budget": {
                "amount": int(self.budget),
                "currency": "EUR",
                "period": self.period,
            },
            "mode": "enforce" if self.enforce else "observe",
            "thresholds": [each.document() for each in self.thresholds],
        }


@dataclass(frozen=True)
class GuardPlan:
    """What bounds every policy; None where there is no such bound."""

    max_limit: int | None = None
    min_limit: int | None = None
    baseline: int | None = None
    cooldown: int = 0  # seconds
    changes_per_day: int = 4
    raise_per_period: int | None = None
    tolerance: int = 1  # percent
    known_gap: int = 0
    unknown_after: int = 900  # seconds
    on_drift: str = "ask"

    def guardrails(self) -> Json:
        found: dict[str, Json] = {
            "cooldown": f"{self.cooldown}s",
            "max_changes_per_day": self.changes_per_day,
        }
        bounds: dict[str, int | None] = {
            "max_limit": self.max_limit,
            "min_limit": self.min_limit,
            "baseline_limit": self.baseline,
            "max_raise_per_period": self.raise_per_period,
        }
        given = {name: each for name, each in bounds.items() if each is not None}
        return {**found, **given}


@dataclass(frozen=True)
class Plan:
    """A whole folder: the guard and the policies."""

    guard: GuardPlan = GuardPlan()
    policies: tuple[PolicyPlan, ...] = ()

    @property
    def unknown_after(self) -> timedelta:
        return timedelta(seconds=self.guard.unknown_after)

    def find(
        self, policy_id: str | None, threshold_id: str | None
    ) -> tuple[PolicyPlan, ThresholdPlan] | None:
        """Give a threshold with its policy, None where there is none so called."""
        for policy in self.policies:
            found = policy.threshold(threshold_id or "")
            if policy.id == policy_id and found is not None:
                return policy, found
        return None

    def texts(self, base_url: str) -> tuple[tuple[str, str], ...]:
        """Give the files; JSON is YAML too."""
        organization: dict[str, Json] = {
            "name": ORGANIZATION,
            "base_url": base_url,
            "api_key": KEY,
            "currency": "EUR",
            "on_drift": self.guard.on_drift,
            "reconcile": {
                "tolerance": f"{self.guard.tolerance}%",
                "known_gap": self.guard.known_gap,
            },
            "guardrails": self.guard.guardrails(),
        }
        first, second = CHANNELS
        guard: Json = {
            "version": 1,
            "organizations": [organization],
            "channels": [
                {"name": first, "url": "json://127.0.0.1/a", "fallback": second},
                {"name": second, "url": "json://127.0.0.1/b"},
            ],
            "default_channels": [first],
            "unknown_after": f"{self.guard.unknown_after}s",
        }
        policies: Json = {
            "version": 1,
            "policies": [each.document() for each in self.policies],
        }
        return (
            ("guard.yaml", json.dumps(guard)),
            ("policies.yaml", json.dumps(policies)),
        )
