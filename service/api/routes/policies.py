"""Read policies in force, explain them, check YAML, and keep policies of the API."""

import re
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from service.api.bodies.base import Listing, answer, given
from service.api.bodies.explanation import Explanation, explanation_body
from service.api.bodies.following import (
    AcceptHistory,
    FollowingBody,
    following_body,
)
from service.api.bodies.plan import Plan, plan_body
from service.api.bodies.policies import (
    FindingItem,
    Findings,
    PolicyItem,
    RevisionItem,
    finding_item,
    policy_item,
)
from service.api.context import (
    ADMIN,
    VIEWER,
    Caller,
    OrganizationName,
    Paging,
    Ports,
    actor_of,
    chosen,
)
from service.api.problems import documented
from service.api.yaml_body import (
    ALONE,
    DRAFT_BODY,
    YAML_BODY,
    SentDraft,
    Yaml,
)
from service.domain.errors import Finding, InvalidPolicies, NotFound
from service.domain.policy_set import DeclaredPolicy, PolicySet
from service.pipeline.explain_policy import explain_policy
from service.pipeline.follow import accept_history
from service.pipeline.plan_policies import drafted, plan_policies
from service.pipeline.respond_policies import (
    delete_policy,
    parse_alone,
    put_policy,
    shown_alone,
)
from service.ports import Revision

router = APIRouter(prefix="/policies", tags=["policies"])


@router.get(
    "",
    summary="List policies",
    dependencies=VIEWER,
    responses={
        **given(Listing[PolicyItem], "Policies in force."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def list_policies(services: Ports, organization: OrganizationName = None) -> Response:
    """All policies in force, by their ids, with where each is declared."""
    policies = services.policies.current()
    name = None if organization is None else chosen(policies, organization).name
    items = [
        policy_item(declared, policies)
        for declared in sorted(policies.policies, key=lambda each: each.policy.id)
        if name in {None, declared.policy.organization}
    ]
    return answer(Listing[PolicyItem](items=items))


@router.post(
    "/validate",
    summary="Validate policies",
    dependencies=VIEWER,
    openapi_extra=YAML_BODY,
    responses={
        **given(Findings, "All findings at once; also when there are errors."),
        **documented(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    },
)
def validate_policies(services: Ports, text: Yaml) -> Response:
    """Check a policy file against the guard in force; nothing is kept.

    `${…}` is never expanded here.
    """
    try:
        warnings = parse_alone(services, text)
    except InvalidPolicies as error:
        return answer(Findings(valid=False, findings=_items(error.findings)))
    return answer(Findings(valid=True, findings=_items(warnings)))


def _items(findings: tuple[Finding, ...]) -> list[FindingItem]:
    return [finding_item(finding) for finding in findings]


@router.post(
    "/plan",
    summary="Plan a change of policies",
    dependencies=VIEWER,
    openapi_extra=DRAFT_BODY,
    responses={
        **given(Plan, "What differs, and what would happen now; may be nothing."),
        **documented(HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    },
)
def plan(services: Ports, draft: SentDraft) -> Response:
    """Hold a draft against the policies in force and the live figures.

    Nothing is kept, nobody is told. With errors the answer is 422 with all `findings`.
    `${…}` is never expanded here: the secrets are those in force. Where the provider
    does not answer, the differences are told alone (`data.state` is `unknown`).
    """
    in_force = services.policies.current()
    try:
        after = drafted(services.policy_source, in_force, draft)
    except InvalidPolicies as error:
        raise InvalidPolicies(shown_alone(error.findings, ALONE)) from None
    return answer(plan_body(plan_policies(services, in_force, after)))


@router.post(
    "/accept",
    summary="Accept a rewritten history",
    dependencies=ADMIN,
    responses={
        **given(FollowingBody, "Accepted; the repository is asked at once."),
        **documented(HTTPStatus.CONFLICT),
    },
)
def accept(services: Ports, caller: Caller, wanted: AcceptHistory) -> Response:
    """Follow a history that was rewritten, as of the commit it ends at.

    The commit is named in full, as the alert has it; it counts once and for a day.
    """
    accept_history(services, actor=actor_of(caller), commit=wanted.commit)
    following = services.policy_source.following()
    if following is None:
        raise NotFound("no repository is followed any more")
    return answer(following_body(following))


@router.get(
    "/{policy_id}",
    summary="Read a policy",
    dependencies=VIEWER,
    responses={
        **given(PolicyItem, "The policy."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def read_policy(services: Ports, policy_id: str) -> Response:
    """One policy in force, with where it is declared."""
    policies = services.policies.current()
    return answer(policy_item(_declared(policies, policy_id), policies))


def _declared(policies: PolicySet, policy_id: str) -> DeclaredPolicy:
    declared = policies.declared(policy_id)
    if declared is None:
        raise NotFound(f"no policy in force has the id {policy_id!r}")
    return declared


@router.get(
    "/{policy_id}/revisions",
    summary="List loads that name a policy",
    dependencies=VIEWER,
    responses={
        **given(Listing[RevisionItem], "Loads, newest first, refused ones too."),
        **documented(),
    },
)
def list_policy_revisions(services: Ports, page: Paging, policy_id: str) -> Response:
    """List loads of the policy set whose files name the policy, with that file's text.

    A page may be shorter than asked for, for other loads are left out of it.
    """
    found = services.queries.revisions(page)
    items = [_revision(revision, policy_id) for revision in found.items]
    return answer(
        Listing[RevisionItem](
            items=[item for item in items if item is not None],
            next_cursor=found.next_cursor,
        )
    )


def _revision(revision: Revision, policy_id: str) -> RevisionItem | None:
    # The texts of a refused load need not parse, so they are searched as texts.
    named = re.compile(rf"""\bid['"]?\s*:\s*['"]?{re.escape(policy_id)}(?![\w.-])""")
    for name, text in revision.texts:
        if named.search(text):
            return RevisionItem(
                revision=revision.revision,
                loaded_at=revision.loaded_at,
                source=revision.source,
                commit=revision.commit,
                author=revision.author,
                error=revision.error,
                file=name,
                text=text,
            )
    return None


@router.get(
    "/{policy_id}/explain",
    summary="Explain a policy",
    operation_id="explain_policy",
    dependencies=VIEWER,
    responses={
        **given(Explanation, "Each threshold with its value, bound and reason."),
        **documented(HTTPStatus.NOT_FOUND),
    },
)
def read_explanation(services: Ports, policy_id: str) -> Response:
    """Say for each threshold what it sees now, why it fired or not, and what would.

    The provider is read, nothing is kept; where it does not answer, values are unknown
    with what was last believed beside them.
    """
    return answer(explanation_body(explain_policy(services, policy_id)))


@router.put(
    "/{policy_id}",
    summary="Put a policy",
    dependencies=ADMIN,
    openapi_extra=YAML_BODY,
    responses={
        **given(PolicyItem, "The policy, in force."),
        **documented(HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    },
)
def put(services: Ports, caller: Caller, policy_id: str, text: Yaml) -> Response:
    """Keep a policy file that declares this one policy, and put it in force.

    A policy declared in a file of the folder is that file's: 409, naming it. With
    errors the answer is 422 with all `findings`. `${…}` is never expanded.
    """
    policies = put_policy(
        services, actor=actor_of(caller), policy_id=policy_id, text=text
    )
    return answer(policy_item(_declared(policies, policy_id), policies))


@router.delete(
    "/{policy_id}",
    summary="Delete a policy",
    dependencies=ADMIN,
    status_code=HTTPStatus.NO_CONTENT,
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def delete(services: Ports, caller: Caller, policy_id: str) -> Response:
    """Retire a policy put over this API; one declared in a file is 409, naming it."""
    delete_policy(services, actor=actor_of(caller), policy_id=policy_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)
