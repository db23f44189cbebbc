"""What a person asks first: how every organization stands now."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.guard import Organization
from service.domain.proof import Proof
from service.domain.silence import Silence
from service.domain.status import OrganizationStatus, Standing, status_of
from service.ports import Kept, Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The organizations that were asked for, in their order."""

    organizations: tuple[OrganizationStatus, ...]
    is_paused: bool
    active_silences: tuple[Silence, ...] = ()
    proofs: tuple[Proof, ...] = ()


def overview(
    services: Services, wanted: Sequence[Organization] | None = None
) -> Overview:
    """Tell how everything stands, by what checks kept; the provider is not asked.

    Without `wanted`, every organization of the policies in force.
    """
    if wanted is None:
        wanted = services.policies.current().guard.organizations
    now = services.clock.now()
    survey = services.queries.survey([each.name for each in wanted], now)
    return Overview(
        is_paused=survey.is_paused,
        active_silences=survey.active_silences,
        proofs=survey.proofs,
        organizations=tuple(
            _status(
                services,
                each,
                survey.organizations[each.name],
                is_paused=survey.is_paused,
            )
            for each in wanted
        ),
    )


def statuses(services: Services) -> tuple[OrganizationStatus, ...]:
    """Tell how each organization stands, as `overview` does."""
    return overview(services).organizations


def _status(
    services: Services, organization: Organization, kept: Kept, *, is_paused: bool
) -> OrganizationStatus:
    standing = Standing(
        name=organization.name,
        currency=organization.currency,
        check=kept.last_check,
        state=kept.state,
        alerts=kept.firing,
        awaiting=kept.pending,
        past_reads=kept.past_reads,
        is_paused=is_paused,
    )
    return status_of(
        standing, interval=services.check_interval, now=services.clock.now()
    )
