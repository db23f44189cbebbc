"""A plan as one comment on a pull request.

What comes from files or the provider is text there and never markup: ids and values
stand in code, sentences are escaped sign by sign.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from service.api.bodies.plan import OrganizationPlanItem, Plan
from service.cli.output import harmless, quantity_text
from service.cli.plan_words import (
    ALERT_WORDS,
    LIMIT_WORDS,
    SAME,
    advice_of,
    change_of,
    name_of,
    standing_of,
    step_of,
    summary_of,
)
from service.domain.errors import Finding

# By this a comment is found again, so that a pull request has one and not many.
MARKER = "<!-- spendguard:policy-plan -->"
_TITLE = "### Spendguard: what this change of policies would do"
_INVALID = (
    "**The policies are not valid: the last good ones would stay in force, and that"
    " would be alerted.**"
)
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&:-])")
# A name after it would be called to the pull request, whatever is escaped.
_CALLS = re.compile(r"@(?=\w)")
_MOST_ROWS = 40
_LONGEST = 300


def plan_markdown(plan: Plan) -> str:
    """Give the comment that says what a change would do, and ends with what to do."""
    return "\n".join([MARKER, _TITLE, "", *_lines(plan)])


def invalid_markdown(findings: Iterable[Finding]) -> str:
    """Give the comment on policies that cannot be loaded, with every finding."""
    rows = [
        (_code(f"{each.file}:{each.line}:{each.column}"), _prose(each.message))
        for each in findings
    ]
    return "\n".join(
        [
            MARKER,
            _TITLE,
            "",
            _INVALID,
            "",
            *_table(("place", "what is wrong"), rows),
            "",
            "**To do:** mend these; `spendguard policy validate` tells them all.",
        ]
    )


def _lines(plan: Plan) -> Iterator[str]:
    if not plan.changes and not plan.has_effect:
        yield SAME
        return
    yield f"**{summary_of(plan)}.**"
    if plan.changes:
        yield ""
        rows = [
            (_code(each.target), *(_code(part) for part in change_of(each)))
            for each in plan.changes
        ]
        yield from _table(("policy", "what", "in force", "draft"), rows)
    for each in plan.organizations:
        yield from _organization(each)
    yield ""
    yield f"**To do:** {advice_of(plan)}"


def _organization(item: OrganizationPlanItem) -> Iterator[str]:
    yield ""
    yield f"{_code(item.name)}: {_prose(standing_of(item))}"
    if item.alerts:
        yield ""
        yield from _table(
            ("alert", "what", "value", "bound", "why", "told"),
            [
                (
                    _code(name_of(each)),
                    ALERT_WORDS[each.move],
                    _code(quantity_text(each.value)),
                    _code(quantity_text(each.bound)),
                    _prose(each.reason),
                    _code(", ".join(each.channels)),
                )
                for each in item.alerts
            ],
        )
    if item.limit_changes:
        yield ""
        yield from _table(
            ("limit", "by", "from → to", "what", "why"),
            [
                (
                    each.kind.value,
                    _code(name_of(each)),
                    step_of(each),
                    LIMIT_WORDS[each.move],
                    _prose(each.reason),
                )
                for each in item.limit_changes
            ],
        )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _row(columns)
    yield _row(["---"] * len(columns))
    for row in rows[:_MOST_ROWS]:
        yield _row(row)
    if len(rows) > _MOST_ROWS:
        rest = f"… and {len(rows) - _MOST_ROWS} more"
        yield _row([rest, *[""] * (len(columns) - 1)])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """Write a value as code, in which nothing is markup but its own end."""
    plain = _shortened(text).replace("`", "'").replace("|", "\\|")
    return f"`{plain}`" if plain.strip() else ""


def _prose(text: str) -> str:
    """Write a sentence in which every sign that could be markup is escaped."""
    return _CALLS.sub("@\u200b", _MARKUP.sub(r"\\\1", _shortened(text)))


def _shortened(text: str) -> str:
    plain = harmless(text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
