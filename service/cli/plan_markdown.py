"""A plan as one comment on a pull request."""

from collections.abc import Iterable, Iterator

from service.api.bodies.plan import OrganizationPlanItem, Plan
from service.cli.markdown import code, prose, table
from service.cli.output import quantity_text
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


def plan_markdown(plan: Plan) -> str:
    """Give the comment that says what a change would do, and ends with what to do."""
    return "\n".join([MARKER, _TITLE, "", *plan_lines(plan)])


def invalid_markdown(findings: Iterable[Finding]) -> str:
    """Give the comment on policies that cannot be loaded, with every finding."""
    return "\n".join(
        [
            MARKER,
            _TITLE,
            "",
            _INVALID,
            "",
            *findings_table(findings),
            "",
            "**To do:** mend these; `spendguard policy validate` tells them all.",
        ]
    )


def findings_table(findings: Iterable[Finding]) -> Iterator[str]:
    """Give the lines of a table of findings, each at its place."""
    rows = [
        (
            code(f"{each.file}:{each.line}:{each.column}"),
            f"{'warning: ' if each.is_warning else ''}{prose(each.message)}",
        )
        for each in findings
    ]
    yield from table(("place", "what is wrong"), rows)


def plan_lines(plan: Plan) -> Iterator[str]:
    """Give the lines of a plan, from what differs to what to do."""
    if not plan.changes and not plan.has_effect:
        yield SAME
        return
    yield f"**{summary_of(plan)}.**"
    if plan.changes:
        yield ""
        rows = [
            (code(each.target), *(code(part) for part in change_of(each)))
            for each in plan.changes
        ]
        yield from table(("policy", "what", "in force", "draft"), rows)
    for each in plan.organizations:
        yield from _organization(each)
    yield ""
    yield f"**To do:** {advice_of(plan)}"


def _organization(item: OrganizationPlanItem) -> Iterator[str]:
    yield ""
    yield f"{code(item.name)}: {prose(standing_of(item))}"
    if item.alerts:
        yield ""
        yield from table(
            ("alert", "what", "value", "bound", "why", "told"),
            [
                (
                    code(name_of(each)),
                    ALERT_WORDS[each.move],
                    code(quantity_text(each.value)),
                    code(quantity_text(each.bound)),
                    prose(each.reason),
                    code(", ".join(each.channels)),
                )
                for each in item.alerts
            ],
        )
    if item.limit_changes:
        yield ""
        yield from table(
            ("limit", "by", "from → to", "what", "why"),
            [
                (
                    each.kind.value,
                    code(name_of(each)),
                    step_of(each),
                    LIMIT_WORDS[each.move],
                    prose(each.reason),
                )
                for each in item.limit_changes
            ],
        )
