"""Loading policies: what is in force, since when, and what was refused.

A set is all valid or nothing changes (§3): the last good one stays in force.
"""

from dataclasses import replace
from datetime import timedelta
from threading import Lock, RLock

from typing_extensions import override

from service.domain.errors import InvalidPolicies, NotFound
from service.domain.policy_set import PolicySet, api_file, revision_of
from service.pipeline.departed import end_departed
from service.pipeline.load_records import record_loaded, record_refused
from service.ports import (
    PageRequest,
    PoliciesInForce,
    Revision,
    Services,
    StoredPolicy,
)

_MOST_SHOWN = 20
_FROM_DATABASE = "database"


class LoadedPolicies(PoliciesInForce):
    """The policy set in force, shared by all threads; changed by `load_policies`."""

    def __init__(self) -> None:
        # Held for a whole load, so that two threads do not record one change twice.
        self.loading = RLock()
        self._lock = Lock()
        self._current: PolicySet | None = None
        self._error: str | None = None
        self._is_behind = False

    @override
    def current(self) -> PolicySet:
        """Give the set in force; raise `NotFound` when none was ever good."""
        current = self.last()
        if current is None:
            raise NotFound("no policies are in force")
        return current

    @override
    def error(self) -> str | None:
        """Give why the newest load was refused, None when it was not."""
        with self._lock:
            return self._error

    def last(self) -> PolicySet | None:
        """Give the set in force, or None."""
        with self._lock:
            return self._current

    def is_behind(self) -> bool:
        """Say whether a load was begun and not ended, as when the database was away."""
        with self._lock:
            return self._is_behind

    def begin(self) -> None:
        """Note that a load has begun."""
        with self._lock:
            self._is_behind = True

    def put(self, policies: PolicySet, error: str | None = None) -> None:
        """Put a set into force; with `error`, because the newest load was refused."""
        with self._lock:
            self._current, self._error, self._is_behind = policies, error, False


def load_policies(
    services: Services, loaded: LoadedPolicies, *, strict_start: bool = False
) -> bool:
    """Load the folder and what was put over the API; say whether anything changed.

    A bad set changes nothing but `loaded.error()`, is audited and alerted once. At
    start, when nothing is in force yet, the last good revision of the database is put
    into force instead; raises `InvalidPolicies` where there is none or with
    `strict_start`. What was loaded already does nothing new. Raises `StorageError`.
    """
    with loaded.loading:
        before = loaded.last(), loaded.error()
        loaded.begin()
        try:
            policies, retired = read_policies(services)
        except InvalidPolicies as error:
            _refuse(services, loaded, error, strict_start=strict_start)
        else:
            _take(services, loaded, policies, retired)
        return (loaded.last(), loaded.error()) != before


def wait_for_policies(
    services: Services, loaded: LoadedPolicies, timeout: timedelta
) -> bool:
    """Block until policies are to be loaded again (True) or time is up (False)."""
    return loaded.is_behind() or services.policy_source.wait_for_change(timeout)


def read_policies(services: Services) -> tuple[PolicySet, tuple[StoredPolicy, ...]]:
    """Read the folder with the policies put over the API, and name those it retires.

    Keeps nothing and puts nothing into force. Raises `InvalidPolicies`.
    """
    policies = services.policy_source.load()
    stored = tuple(
        each for each in services.queries.stored_policies() if each.retired_at is None
    )
    in_files = {declared.policy.id for declared in policies.policies}
    kept = [each for each in stored if each.id not in in_files]
    if kept:
        texts = [(api_file(each.id), each.text) for each in kept]
        together = services.policy_source.parse((*policies.texts, *texts))
        policies = replace(
            together,
            commit=policies.commit,
            author=policies.author,
            source=policies.source,
        )
    return policies, tuple(each for each in stored if each.id in in_files)


def _take(
    services: Services,
    loaded: LoadedPolicies,
    policies: PolicySet,
    retired: tuple[StoredPolicy, ...],
) -> None:
    newest = _newest(services)
    is_known = (
        newest is not None
        and newest.error is None
        and newest.revision == policies.revision
    )
    if is_known and newest is not None and not retired:
        # In force since it was first loaded, also over restarts.
        loaded.put(replace(policies, loaded_at=newest.loaded_at))
        return
    before = loaded.last() or _previous(services, policies)
    with services.transaction() as work:
        record_loaded(work, services, before, policies, retired)
        end_departed(services, work, policies, policies.loaded_at)
    loaded.put(policies)
    services.wake_delivery()


def _refuse(
    services: Services,
    loaded: LoadedPolicies,
    error: InvalidPolicies,
    *,
    strict_start: bool,
) -> None:
    in_force = loaded.last()
    if in_force is None:
        in_force = None if strict_start else _stand_in(services, error)
        if in_force is None:
            raise error
    text = shown(error)
    newest = _newest(services)
    revision = revision_of(error.texts)
    if newest is None or (newest.revision, newest.error) != (revision, text):
        refused = Revision(
            revision=revision,
            loaded_at=services.clock.now(),
            source=in_force.source,
            commit=error.commit,
            author=error.author,
            texts=services.policy_source.storable(error.texts),
            error=text,
        )
        with services.transaction() as work:
            record_refused(work, services, in_force, refused)
        services.wake_delivery()
    loaded.put(in_force, text)


def _newest(services: Services) -> Revision | None:
    items = services.queries.revisions(PageRequest(limit=1)).items
    return items[0] if items else None


def _previous(services: Services, policies: PolicySet) -> PolicySet | None:
    """Read what was in force before this set, None where it cannot be read any more."""
    try:
        return _last_good(services, policies.texts)
    except InvalidPolicies:
        return None


def _stand_in(services: Services, error: InvalidPolicies) -> PolicySet | None:
    """Read what takes the place of a refused set; raise with why it cannot, as well."""
    try:
        return _last_good(services, error.texts)
    except InvalidPolicies as unusable:
        # A variable is gone, a secret was in the file, or this program is stricter.
        reasons = tuple(
            replace(each, message=f"the last good revision is no help: {each.message}")
            for each in unusable.findings
            if not each.is_warning
        )
        raise InvalidPolicies((*error.findings, *reasons), texts=error.texts) from error


def _last_good(
    services: Services, present: tuple[tuple[str, str], ...]
) -> PolicySet | None:
    """Read the newest good revision of the database, with the present environment.

    Secrets that were written into files are not stored: a file that is present as it
    was, but for them, is read in place of its stored text.
    """
    revision = services.queries.last_good_revision()
    if revision is None:
        return None
    source = services.policy_source
    whole = dict(zip(source.storable(present), present, strict=True))
    policies = source.parse([whole.get(each, each) for each in revision.texts])
    return replace(
        policies,
        revision=revision.revision,
        loaded_at=revision.loaded_at,
        commit=revision.commit,
        author=revision.author,
        source=_FROM_DATABASE,
    )


def shown(error: InvalidPolicies) -> str:
    """Give what was found wrong, with whose commit it is, a line each."""
    errors = [str(each) for each in error.findings if not each.is_warning]
    more = len(errors) - _MOST_SHOWN
    author = f" by {error.author}" if error.author else ""
    whose = [f"commit {error.commit[:12]}{author}"] if error.commit else []
    return "\n".join(
        [*whose, *errors[:_MOST_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    )
