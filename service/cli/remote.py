"""A running service, asked over its REST API."""

import httpx

from service.api.bodies.plan import DraftFiles
from service.domain.errors import (
    Finding,
    InvalidInput,
    InvalidPolicies,
    NotAuthenticated,
    ProviderUnavailable,
    SpendguardError,
)
from service.settings import Settings

# A plan reads the provider, which may take as long as a check.
_PATIENCE_SECONDS = 60.0


def ask_plan(
    settings: Settings, url: str, draft: DraftFiles, transport: httpx.BaseTransport
) -> str:
    """Give the JSON of a plan; raise as `_ask` does."""
    return _ask(settings, url, "plan", draft, transport)


def ask_backtest(
    settings: Settings,
    url: str,
    draft: DraftFiles,
    months: int,
    transport: httpx.BaseTransport,
) -> str:
    """Give the JSON of a backtest; raise as `_ask` does."""
    return _ask(settings, url, f"backtest?months={months}", draft, transport)


def _ask(
    settings: Settings,
    url: str,
    what: str,
    draft: DraftFiles,
    transport: httpx.BaseTransport,
) -> str:
    """Send a draft; raise `InvalidPolicies` with what the service found.

    `NotAuthenticated` without a key that it takes, `ProviderUnavailable` where it does
    not answer.
    """
    if settings.service_key is None:
        raise NotAuthenticated(
            "--url needs a key of that service: set SPENDGUARD_SERVICE_KEY"
        )
    key = settings.service_key.get_secret_value()
    try:
        with httpx.Client(transport=transport, timeout=_PATIENCE_SECONDS) as client:
            answer = client.post(
                f"{url.rstrip('/')}/api/v1/policies/{what}",
                content=draft.model_dump_json(),
                headers={
                    "Authorization": f"Bearer {key}",
                    "Content-Type": "application/json",
                },
            )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderUnavailable(
            f"no service answers at {url}: {type(error).__name__}"
        ) from None
    if answer.is_success:
        return answer.text
    raise _refused(answer, url)


def _refused(answer: httpx.Response, url: str) -> SpendguardError:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    said = body if isinstance(body, dict) else {}
    detail = str(said.get("detail", "")) or f"status {answer.status_code}"
    match said.get("code"):
        case InvalidPolicies.code:
            return InvalidPolicies(tuple(map(_finding, said.get("findings", ()))))
        case NotAuthenticated.code:
            return NotAuthenticated(f"{url} does not take SPENDGUARD_SERVICE_KEY")
        case InvalidInput.code:
            return InvalidInput(detail)
        case _:
            return ProviderUnavailable(f"{url} gave no answer: {detail}")


def _finding(item: dict[str, object]) -> Finding:
    return Finding(
        file=str(item.get("file")),
        line=int(str(item.get("line", 1))),
        column=int(str(item.get("column", 1))),
        message=str(item.get("message")),
        is_warning=item.get("severity") == "warning",
    )
