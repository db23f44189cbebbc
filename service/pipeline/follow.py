"""Following policies in git: what was in force, and histories a person accepted."""

from service.domain.audit import SYSTEM_CHAIN, AuditAction, Fact
from service.domain.errors import Conflict, InvalidInput
from service.domain.following import Acceptance, is_commit
from service.ports import PageRequest, Queries, Services

GIT = "git"
_TARGET = "commit"


def commit_in_force(queries: Queries) -> str | None:
    """Give the commit of the last good policies out of git, None without any."""
    revision = queries.last_good_revision()
    return revision.commit if revision and revision.source == GIT else None


def newest_acceptance(queries: Queries) -> Acceptance | None:
    """Give the history that a person accepted last; the audit log is what knows it.

    So it holds for every process on the database, and cannot be made up.
    """
    action = AuditAction.POLICY_HISTORY_ACCEPTED.value
    items = queries.audit(SYSTEM_CHAIN, action, PageRequest(limit=1)).items
    if not items:
        return None
    entry = items[0]
    commit = entry.fact.target.removeprefix(f"{_TARGET}:")
    return Acceptance(commit=commit, at=entry.fact.at, id=entry.hash)


def accept_history(services: Services, *, actor: str, commit: str) -> None:
    """Let a rewritten history be followed, as of the commit it ends at.

    It counts once and for a day, and for this commit only. Raises `InvalidInput` for
    what is no whole name of a commit, `Conflict` where no repository is followed, its
    history is not refused, or it ends at another commit.
    """
    if not is_commit(commit):
        raise InvalidInput("name the commit in full: 40 (or 64) digits, 0-9 and a-f")
    following = services.policy_source.following()
    if following is None:
        raise Conflict("no repository is followed: SPENDGUARD_POLICIES_GIT is not set")
    if following.rewritten is None:
        raise Conflict("the history is not refused: there is nothing to accept")
    if following.rewritten != commit:
        raise Conflict(f"the history that is refused ends at {following.rewritten}")
    with services.transaction() as unit:
        unit.record(
            Fact(
                chain=SYSTEM_CHAIN,
                at=services.clock.now(),
                actor=actor,
                action=AuditAction.POLICY_HISTORY_ACCEPTED,
                target=f"{_TARGET}:{commit}",
                outcome="accepted",
                detail={
                    "repository": following.repository,
                    "instead_of": following.commit,
                },
            )
        )
    services.policy_source.look_now()
