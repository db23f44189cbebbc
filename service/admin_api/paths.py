"""Where the provider keeps what: routes, and the two spellings of the reports."""

from enum import StrEnum

from service.domain.analytics import AnalyticsReport

SPEND_LIMIT = "/spend-limit"
USAGE = "/usage"
RATE_LIMIT = "/rate-limit"
WORKSPACES = "/workspaces"
AUDIT_LOGS = "/audit-logs"

_CONSOLE = "/api/admin"


class Dialect(StrEnum):
    """The spelling of the analytics paths; the payloads are the same."""

    LECHAT = "lechat"  # published in June 2026 with the console's address
    WORK = "work"  # in the provider's OpenAPI file since the end of July 2026

    @property
    def other(self) -> "Dialect":
        """Give the other spelling."""
        return Dialect.WORK if self is Dialect.LECHAT else Dialect.LECHAT


_FOLDERS = {
    Dialect.LECHAT: {"lechat": "lechat", "vibe": "vibe"},
    Dialect.WORK: {"lechat": "vibe/work", "vibe": "vibe/code"},
}
_LEAVES = {
    AnalyticsReport.LECHAT_BY_USER: ("lechat", "by_user_stats"),
    AnalyticsReport.LECHAT_BY_AGENT: ("lechat", "by_agent_stats"),
    AnalyticsReport.LECHAT_BY_TIME: ("lechat", "by_time_stats"),
    AnalyticsReport.VIBE_BY_WORKSPACE: ("vibe", "by_workspace"),
    AnalyticsReport.VIBE_BY_ORGANIZATION: ("vibe", "by_organization"),
}


def report_path(report: AnalyticsReport, dialect: Dialect) -> str:
    """Give the path of a report below the base URL."""
    product, leaf = _LEAVES[report]
    return f"/analytics/{_FOLDERS[dialect][product]}/usage/{leaf}"


def likely_dialect(base_url: str) -> Dialect:
    """Give the spelling published together with a base URL: the one to try first."""
    return Dialect.LECHAT if base_url.rstrip("/").endswith(_CONSOLE) else Dialect.WORK
