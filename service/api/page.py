"""The approval page as HTML: plain forms, no script, readable on a phone."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from service.domain.approval import Approval, ApprovalState
from service.domain.approval_telling import asked_for, unanswered
from service.domain.expected import expected_text
from service.domain.notification import Figures
from service.pipeline.page_sessions import Visitor

_STYLE = """\
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#202124;background:#f6f7f9}
main{max-width:36rem;margin:0 auto;padding:1rem}
h1{font-size:1.25rem;overflow-wrap:anywhere}
dl{margin:1rem 0}dt{color:#5f6368;font-size:.875rem}
dd{margin:0 0 .5rem;overflow-wrap:anywhere}
.notice{padding:.5rem .75rem;border-left:4px solid #b26a00;background:#fff}
label{display:block;margin:1rem 0 .25rem}
input{width:100%;box-sizing:border-box;padding:.6rem;font:inherit}
button{margin:1rem .5rem 0 0;padding:.7rem 1.2rem;font:inherit;color:#fff;
background:#1b5e20;border:0;border-radius:4px}
button.deny{background:#8c1d18}
"""
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    # No script at all; the one style is named by its hash.
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}
_TEMPLATE = Environment(
    loader=PackageLoader("service.api"), autoescape=True, undefined=StrictUndefined
).get_template("approval.html.j2")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPage:
    """What one answer of the page shows: to a stranger a form for a key, no more."""

    title: str = "A request for approval"
    notice: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    asks_key: bool = False
    token: str = ""


def stranger_page(notice: str = "") -> ApprovalPage:
    """Give what anybody may see, the same whatever was asked for."""
    return ApprovalPage(notice=notice, asks_key=True)


def request_page(
    approval: Approval, visitor: Visitor, *, token: str = "", notice: str = ""
) -> ApprovalPage:
    """Give a request with all that the answer rests on."""
    return ApprovalPage(
        title=f"{approval.organization}: {asked_for(approval)}",
        notice=notice,
        lines=(
            *_standing(approval),
            *_figures(approval.figures),
            ("You", visitor.key.name),
        ),
        token=token,
    )


def _standing(approval: Approval) -> tuple[tuple[str, str], ...]:
    told = [("State", approval.state.value), ("Why", approval.reason)]
    if approval.state is ApprovalState.PENDING:
        told.append(("If nobody answers", unanswered(approval)))
    if approval.decided_by is not None:
        told.append(("Decided by", approval.decided_by))
    if approval.note:
        told.append(("Note", approval.note))
    if approval.ended_reason:
        told.append(("Ended", approval.ended_reason.replace("_", " ")))
    told.append(("Asked", f"{approval.requested_at:%Y-%m-%d %H:%M} UTC"))
    return tuple(told)


def _figures(figures: Figures | None) -> tuple[tuple[str, str], ...]:
    if figures is None:
        return (("Figures", "unknown: no check was made yet"),)
    at = "" if figures.as_of is None else f" as of {figures.as_of:%Y-%m-%d %H:%M} UTC"
    hours = figures.hours_left
    rate = figures.burn_rate
    currency = "" if figures.spend is None else figures.spend.currency
    forecast = expected_text(figures.forecast, currency)
    return (
        ("Figures", f"{figures.state}{at}"),
        ("Spend", str(figures.spend or "unknown")),
        ("Forecast", forecast or "unknown"),
        ("Spend limit", figures.limit or "unknown"),
        ("Headroom", str(figures.headroom or "unknown")),
        ("Burn rate", "unknown" if rate is None else f"{rate} per hour"),
        ("Hours left", "unknown" if hours is None else f"{hours:.1f}"),
        ("Exposure", str(figures.exposure or "unknown")),
    )


def rendered(
    page: ApprovalPage,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Give the answer, with the headers that keep scripts and frames away."""
    return Response(
        _TEMPLATE.render(page=page, style=_STYLE),
        status_code=status.value,
        media_type="text/html",
        headers={**_HEADERS, **(headers or {})},
    )
