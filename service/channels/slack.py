"""Messages for Slack, in its Block Kit; sent by apprise's own Slack plugin.

Limits of Slack: 50 blocks, 150 characters in a header, 3,000 in a section, 10 fields
(docs.slack.dev, reference for Block Kit).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from apprise import AppriseAttachment
from apprise.plugins.slack import NotifySlack, SlackMode
from typing_extensions import override

from service.channels.view import Item, View

Block = dict[str, Any]

_MOST_IN_SECTION = 2900
_SIGNS: Mapping[str, str] = {
    "critical": ":rotating_light:",
    "warning": ":warning:",
    "info": ":information_source:",
    "resolved": ":white_check_mark:",
}
_COLOURS: Mapping[str, str] = {
    "critical": "#b3261e",
    "warning": "#b26a00",
    "info": "#2f6fb5",
}
# Slack asks for these three as entities; the others would open its markup, and no
# escape exists for them, so that look-alikes stand in.
_PLAIN = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "*": "\N{ASTERISK OPERATOR}",
        "~": "\N{TILDE OPERATOR}",
        "`": "'",
    }
)
# Workflow triggers take variables, not blocks.
_TAKES_BLOCKS = frozenset({SlackMode.WEBHOOK, SlackMode.WEBHOOK_GOV, SlackMode.BOT})


def escaped(text: str) -> str:
    """Make text that Slack shows as it is: no link, no mention, no bold."""
    return text.translate(_PLAIN)


def attachment_of(view: View) -> Block:
    """Give the message as one coloured attachment of blocks.

    `fallback` is what a notification on a locked screen shows.
    """
    return {
        "color": _COLOURS[view.severity],
        "fallback": escaped(view.subject),
        "blocks": [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": view.subject, "emoji": False},
            },
            *_events(view),
            *_figures(view),
            *_burners(view),
            *_heads(view),
            *(
                [_section(f"<{_target(view.link)}|Open in Spendguard>")]
                * bool(view.link)
            ),
            _context(view),
        ],
    }


def takes_blocks(service: object) -> bool:
    """Say whether a service is Slack without a template of its owner's own."""
    return (
        isinstance(service, NotifySlack)
        and service.mode in _TAKES_BLOCKS
        and not service.template
    )


class BlockKitSlack(NotifySlack):  # type: ignore[no-untyped-call] # apprise leaves its plugins untyped
    """apprise's Slack with blocks made here instead of read from a template file."""

    def __init__(self, content: Block, **parsed: object) -> None:
        """Take the attachment to send, and what apprise parsed from the address."""
        super().__init__(**parsed)  # type: ignore[no-untyped-call] # untyped in apprise
        self._content = content
        # apprise sends blocks of others only where it sees a template; it asks
        # `gen_payload` for the content and never looks into this one.
        self.use_blocks = True
        self.template = AppriseAttachment(["memory://blocks"])

    @override
    def gen_payload(self, *_: Any, **__: Any) -> Block:
        return self._content


def _events(view: View) -> Iterable[Block]:
    for item in view.happened:
        yield _section(_told(item))
    if view.happened_more:
        yield _section(f"and {view.happened_more} more")
    if view.done or view.nothing_done:
        yield _section(f"*{view.done_title}*")
    for item in view.done:
        yield _section(_told(item))
    if view.done_more:
        yield _section(f"and {view.done_more} more")
    if view.nothing_done:
        yield _section(view.nothing_done)


def _told(item: Item) -> str:
    named = " · ".join(f"{label} {value}" for label, value in item.labels)
    answer = f"<{_target(item.link)}|Approve or deny>" if item.link else ""
    first = f"{_SIGNS[item.sign]} *{item.sign.upper()} {escaped(item.headline)}*"
    told = [first, *map(escaped, item.lines), answer, escaped(named)]
    return "\n".join(line for line in told if line)


def _figures(view: View) -> Iterable[Block]:
    if not view.figures:
        return
    used = "" if view.share is None else f"; {view.share}% of the limit is spent"
    text = f"*Figures* ({escaped(view.figures_age)}{used})"
    if view.figures_doubt:
        text += f"\n{escaped(view.figures_doubt)}"
    block = _section(text)
    block["fields"] = [
        _mrkdwn(f"*{line.label}*\n{escaped(line.value)}") for line in view.figures
    ]
    yield block


def _burners(view: View) -> Iterable[Block]:
    if view.burners:
        lines = [f"{escaped(each.label)}: {each.value}" for each in view.burners]
        yield _section("\n".join(["*Who spends most*", *lines]))


def _heads(view: View) -> Iterable[Block]:
    if view.heads:
        lines = [f"{escaped(each.label)}: {each.value}" for each in view.heads]
        yield _section("\n".join(["*Heads of the audit log, to keep*", *lines]))


def _context(view: View) -> Block:
    said = (
        f"{view.organization} · {view.period}",
        f"written {view.written_at}",
        view.origin,
        f"message {view.notification_id}",
    )
    elements = [_mrkdwn(escaped(each)) for each in said if each]
    return {"type": "context", "elements": elements}


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text[:_MOST_IN_SECTION])}


def _mrkdwn(text: str) -> Block:
    # verbatim: Slack must not turn names into links, channels or mentions.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _target(link: str) -> str:
    # In `<target|words>` these would end the target; both have a percent form.
    return escaped(link.replace("|", "%7C").replace(">", "%3E"))
