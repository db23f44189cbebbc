"""Examine how the provider of one organization answers; nothing is set or sent."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from service.domain.analytics import AnalyticsReport
from service.domain.attribution import LIMIT_EVENTS
from service.domain.cost import add_up, cost_lines
from service.domain.diagnosis import (
    CLOCKS_MAY_DIFFER,
    Diagnosis,
    Manner,
    Verdict,
    about,
)
from service.domain.errors import ProviderError, ProviderRejected, ProviderUnavailable
from service.domain.guard import AuthHeader, Organization
from service.domain.period import month_of
from service.domain.usage import LimitReading, UsageReport
from service.ports import AdminApi, Services

# The provider's own two addresses; the key is shown to no other than was configured.
PROVIDER_URLS = (
    "https://api.mistral.ai/v1/admin",
    "https://console.mistral.ai/api/admin",
)
# Said without a colon: what follows the name of a key and a colon is masked.
_SENT = {
    AuthHeader.X_API_KEY: "in the header x-api-key",
    AuthHeader.BEARER: "as a bearer token",
    AuthHeader.BOTH: "in both headers",
}
_DAY = timedelta(days=1)

Connect = Callable[[Organization], AdminApi]


def examine_provider(
    services: Services, organization: Organization, connect: Connect
) -> Iterator[Diagnosis]:
    """Ask for all that a check needs; `connect` gives a client of any spelling."""
    api = connect(organization)
    base = about(f"organization {organization.name}", "spend limit")
    try:
        reading = api.spend_limit()
    except ProviderError as error:
        yield _unanswered(base, organization, connect, error)
        return
    yield _limit(base, reading, api.manner())
    yield _currency(organization, reading.currency)
    yield from _usage(services, organization, api)
    yield from _rest(services, organization, api)
    yield _dialect(services, organization, api)
    yield _clock(organization, api.manner())


def _limit(base: Diagnosis, reading: LimitReading, manner: Manner) -> Diagnosis:
    how = f"{manner.base_url} answers, with the key {_SENT[manner.auth_header]}"
    if reading.limit is None:
        return base.when(
            Verdict.FINDING,
            f"{how}; it names no spend limit",
            "set one at the provider; without it no limit can be moved",
        )
    return base.when(Verdict.FINE, f"{how}; the limit is {reading.limit}")


def _unanswered(
    base: Diagnosis, organization: Organization, connect: Connect, error: ProviderError
) -> Diagnosis:
    if isinstance(error, ProviderUnavailable):
        advice = "is the network open to it, and base_url right?"
        return base.when(Verdict.UNREACHABLE, str(error), advice)
    other = None
    if isinstance(error, ProviderRejected):
        other = _what_answers(organization, connect)
    if other is None:
        advice = "make an admin key of this organization at the provider"
        return base.when(Verdict.FINDING, str(error), advice)
    wanted = f"base_url: {other.base_url} and auth_header: {other.auth_header}"
    return base.when(Verdict.FINDING, str(error), f"this answers: write {wanted}")


def _what_answers(organization: Organization, connect: Connect) -> Manner | None:
    """Find the spelling that is answered, among those that were not configured."""
    addresses = [organization.base_url]
    if organization.base_url in PROVIDER_URLS:
        addresses = list(PROVIDER_URLS)
    for base_url in addresses:
        for header in (AuthHeader.X_API_KEY, AuthHeader.BEARER):
            spelling = {"base_url": base_url, "auth_header": header}
            api = connect(organization.model_copy(update=spelling))
            try:
                api.spend_limit()
            except ProviderError:
                continue
            return api.manner()
    return None


def _currency(organization: Organization, found: str) -> Diagnosis:
    base = about(f"organization {organization.name}", "currency")
    if found == organization.currency:
        return base.when(Verdict.FINE, f"{found}, as in guard.yaml")
    return base.when(
        Verdict.FINDING,
        f"the provider bills in {found}, guard.yaml says {organization.currency}",
        f"write currency: {found}, and the budgets in it; until then nothing is"
        " checked",
    )


def _usage(
    services: Services, organization: Organization, api: AdminApi
) -> Iterator[Diagnosis]:
    topic = f"organization {organization.name}"
    base = about(topic, "usage")
    month = month_of(services.clock.now())
    try:
        report = api.usage(month)
    except ProviderError as error:
        yield _failed(base, error, "without it spend cannot be told")
        return
    yield base.when(Verdict.FINE, f"{len(report.rows)} rows in {month.key}")
    yield _prices(about(topic, "prices"), report)


def _prices(base: Diagnosis, report: UsageReport) -> Diagnosis:
    cost = add_up(cost_lines(report))
    if cost.is_complete:
        return base.when(Verdict.FINE, "all that was used this month has a price")
    return base.when(
        Verdict.FINDING,
        f"no price for {cost.unpriced_named}",
        "no limit is raised on such a figure; ask the provider for the price",
    )


def _rest(
    services: Services, organization: Organization, api: AdminApi
) -> Iterator[Diagnosis]:
    since = services.clock.now() - _DAY
    asked: tuple[tuple[str, Callable[[], str], str], ...] = (
        (
            "rate limit",
            lambda: f"{len(api.rate_limit().models)} models have one",
            "it is shown, and nothing rests on it",
        ),
        (
            "workspaces",
            lambda: f"{len(api.workspaces())} found",
            "policies for a workspace cannot be checked without them",
        ),
        (
            "audit log",
            lambda: f"{len(api.audit_log(LIMIT_EVENTS, after=since))} entries of a day",
            "without it nobody can tell who moved the limit outside",
        ),
    )
    for name, ask, use in asked:
        base = about(f"organization {organization.name}", name)
        try:
            yield base.when(Verdict.FINE, ask())
        except ProviderError as error:
            yield _failed(base, error, use)


def _dialect(
    services: Services, organization: Organization, api: AdminApi
) -> Diagnosis:
    base = about(f"organization {organization.name}", "analytics")
    now = services.clock.now()
    report = AnalyticsReport.VIBE_BY_ORGANIZATION
    try:
        api.analytics(report, now - _DAY, now)
    except ProviderError as error:
        advice = "thresholds on activity cannot be told without them"
        return base.when(Verdict.NOTE, str(error), advice)
    return base.when(Verdict.FINE, f"the path dialect {api.manner().dialect} answers")


def _clock(organization: Organization, manner: Manner) -> Diagnosis:
    base = about(f"organization {organization.name}", "clock")
    ahead = manner.clock_ahead
    if ahead is None:
        return base.when(Verdict.NOTE, "the provider's answers tell no time")
    seconds = round(abs(ahead).total_seconds())
    if abs(ahead) <= CLOCKS_MAY_DIFFER:
        return base.when(Verdict.FINE, f"{seconds} s from the provider's")
    way = "behind" if ahead > timedelta(0) else "ahead of"
    return base.when(
        Verdict.FINDING,
        f"this machine's clock is {seconds} s {way} the provider's",
        "let the machine keep time (NTP): months begin by this clock",
    )


def _failed(base: Diagnosis, error: ProviderError, use: str) -> Diagnosis:
    is_away = isinstance(error, ProviderUnavailable)
    verdict = Verdict.UNREACHABLE if is_away else Verdict.FINDING
    return base.when(verdict, str(error), use)
