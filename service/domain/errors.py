"""The one tree of errors, drawn here and translated at each border.

SpendguardError
├── InvalidInput                 what a person sent or wrote cannot be taken
│   └── InvalidPolicies          a set of policy files with findings
├── AccessDenied                 who asks may not
│   ├── NotAuthenticated         no key, or a key nobody knows
│   ├── RoleTooLow               a known key whose role is too low
│   ├── OwnRequest               who asked would decide on it
│   └── TooManyAttempts          an address that failed too often
├── NotFound                     nothing of that name
├── Conflict                     right in itself, refused by the present state
│   ├── DeclaredInFile           the policy belongs to a file in git
│   ├── AboveCeiling             a limit above a ceiling that binds everybody
│   ├── AlreadyDecided           a request for approval that was answered
│   ├── ApprovalExpired          a request for approval that nobody answered in time
│   ├── AlreadyRequested         somebody's request of before still waits
│   ├── BelowSpend               a limit that stops production, and nobody insisted
│   └── WriterBusy               another process holds the organization's lock
├── ProviderError                the provider's answer cannot be used
│   ├── ProviderUnavailable      no answer, or one that says "perhaps"
│   ├── ProviderRejected         a clear no: a 4xx
│   └── ProviderMalformed        an answer that does not read as agreed
├── StorageError                 the database cannot be used
│   ├── StorageUnavailable       cannot be opened, locked, full, gone
│   └── SchemaMismatch           older or newer than this program
├── SettingsError                an environment variable is missing or wrong
└── AuditBroken                  the chain does not verify
"""

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override


class SpendguardError(Exception):
    """Every error of ours; `code` is stable, the text is for people."""

    code: ClassVar[str] = "error"


class InvalidInput(SpendguardError):
    """What a person sent cannot be taken; nothing was changed."""

    code = "invalid_input"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One thing wrong (or doubtful) in a policy file, by place."""

    file: str
    line: int
    column: int
    message: str
    is_warning: bool = False

    @override
    def __str__(self) -> str:
        """`FILE:LINE:COLUMN: message`, as editors understand it."""
        word = "warning: " if self.is_warning else ""
        return f"{self.file}:{self.line}:{self.column}: {word}{self.message}"


class InvalidPolicies(InvalidInput):
    """A set of policy files that cannot be loaded, with all its findings.

    `texts` are the files as `(name, YAML)`, as far as they could be read; `commit` and
    `author` are whose they are, where they come out of a repository.
    """

    code = "invalid_policies"

    def __init__(
        self,
        findings: tuple[Finding, ...],
        *,
        texts: tuple[tuple[str, str], ...] = (),
        commit: str | None = None,
        author: str | None = None,
    ) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings
        self.texts = texts
        self.commit = commit
        self.author = author


class AccessDenied(SpendguardError):
    """Who asks may not."""

    code = "access_denied"


class NotAuthenticated(AccessDenied):
    """No key, or a key that is unknown, expired or revoked."""

    code = "not_authenticated"


class RoleTooLow(AccessDenied):
    """A known key whose role does not allow this."""

    code = "role_too_low"


class OwnRequest(AccessDenied):
    """Who asked for something would decide on it."""

    code = "own_request"


class TooManyAttempts(AccessDenied):
    """An address that failed to authenticate too often of late."""

    code = "too_many_attempts"


class NotFound(SpendguardError):
    """Nothing of that name or id."""

    code = "not_found"


class Conflict(SpendguardError):
    """Right in itself, but the present state refuses it."""

    code = "conflict"


class DeclaredInFile(Conflict):
    """The policy is declared in a file, which alone may change it."""

    code = "declared_in_file"


class AboveCeiling(Conflict):
    """The limit asked for is above a ceiling that binds everybody."""

    code = "above_ceiling"


class AlreadyDecided(Conflict):
    """The request for approval was answered, used or overtaken before."""

    code = "already_decided"


class ApprovalExpired(Conflict):
    """The request for approval was not answered in time."""

    code = "approval_expired"


class AlreadyRequested(Conflict):
    """An earlier request of the same person still waits for an answer."""

    code = "already_requested"


class BelowSpend(Conflict):
    """The limit asked for is below what is spent already, and nobody insisted."""

    code = "below_spend"


class WriterBusy(Conflict):
    """Another process is writing for this organization or database."""

    code = "writer_busy"


class ProviderError(SpendguardError):
    """The provider's answer cannot be used; carries route and status, no secret."""

    code = "provider_error"

    def __init__(
        self, message: str, *, route: str = "", status: int | None = None
    ) -> None:
        super().__init__(message)
        self.route = route
        self.status = status


class ProviderUnavailable(ProviderError):
    """No answer in time, a cut answer or a 5xx: a write may have happened."""

    code = "provider_unavailable"


class ProviderRejected(ProviderError):
    """The provider said no (4xx): a write did not happen."""

    code = "provider_rejected"


class ProviderMalformed(ProviderError):
    """The provider answered something that does not read as agreed."""

    code = "provider_malformed"


class StorageError(SpendguardError):
    """The database cannot be used; `trouble` says how, and names no place."""

    code = "storage_error"

    def __init__(self, text: str, *, trouble: str = "") -> None:
        super().__init__(text)
        self.trouble = trouble

    @property
    def public(self) -> str:
        """Give what anybody may read of it: the code, and the trouble where known."""
        return f"{self.code}: {self.trouble}" if self.trouble else self.code


class StorageUnavailable(StorageError):
    """The database cannot be opened, is locked, full or gone."""

    code = "storage_unavailable"


class SchemaMismatch(StorageError):
    """The database is older or newer than this program."""

    code = "schema_mismatch"


class SettingsError(SpendguardError):
    """An environment variable is missing or wrong."""

    code = "settings_error"


class AuditBroken(SpendguardError):
    """The audit chain does not verify; the text names the first bad entry."""

    code = "audit_broken"
