"""What holds for every policy: digits survive, and no mistyped key is ever inert."""

from decimal import Decimal
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from service.policy_files.reader import Reading, read_set
from tests.policies.shipped import EXPANDER, GUARD, SHIPPED

ACME: dict[str, Any] = yaml.safe_load((SHIPPED / "acme.yaml").read_text("utf-8"))
LETTERS = "abcdefghijklmnopqrstuvwxyz_"
amounts = st.decimals(
    min_value=0, max_value=10**9, allow_nan=False, allow_infinity=False, places=6
)


def reading_of(text: str) -> Reading:
    return read_set([GUARD, ("acme.yaml", text)], EXPANDER)


@given(amounts)
def test_an_amount_survives_with_all_its_digits(amount: Decimal) -> None:
    written = f"{amount:f}"
    reading = reading_of(
        "version: 1\npolicies:\n"
        f"- {{id: a, organization: acme, budget: {{amount: {written}, currency: EUR}},"
        f" thresholds: [{{id: t, spend: {written}}}, {{id: u, spend: {written}%}}]}}\n"
    )

    (declared,) = reading.policies
    assert str(declared.policy.budget.amount) == written
    assert str(declared.policy.thresholds[0].spend) == written


def key_paths(value: object, path: tuple[str | int, ...] = ()) -> list[Any]:
    """Name every key of a document, by its path."""
    if isinstance(value, dict):
        own = [(*path, key) for key in value]
        return own + [p for k, v in value.items() for p in key_paths(v, (*path, k))]
    if isinstance(value, list):
        return [p for i, v in enumerate(value) for p in key_paths(v, (*path, i))]
    return []


def renamed(value: Any, path: tuple[str | int, ...], new: str) -> Any:  # noqa: ANN401 - any YAML
    """Give the document with the key at the end of the path called otherwise."""
    step, *rest = path
    if isinstance(value, list):
        return [
            renamed(each, tuple(rest), new) if index == step else each
            for index, each in enumerate(value)
        ]
    return {
        (new if key == step and not rest else key): (
            renamed(each, tuple(rest), new) if key == step and rest else each
        )
        for key, each in value.items()
    }


@given(st.sampled_from(key_paths(ACME)), st.text(LETTERS, min_size=1, max_size=12))
def test_a_mistyped_key_is_always_found(path: tuple[str | int, ...], new: str) -> None:
    siblings = {each[-1] for each in key_paths(ACME)} | KNOWN
    if new in siblings:
        return

    reading = reading_of(yaml.safe_dump(renamed(ACME, path, new)))

    told = "\n".join(str(each) for each in reading.findings if not each.is_warning)
    assert f"`{new}`" in told


KNOWN = {"scope", "notify", "repeat", "usage", "for", "set_limit", "below_spend"} | {
    *("forecast", "pace", "activity", "track", "expires"),
}


@given(st.sampled_from(key_paths(ACME)))
def test_a_key_written_twice_is_always_found(path: tuple[str | int, ...]) -> None:
    text = yaml.safe_dump(ACME, default_flow_style=False)
    key = str(path[-1])
    lines = text.splitlines()
    index = next(n for n, line in enumerate(lines) if line.strip(" -").startswith(key))
    # A bare key of the same depth behind the first one.
    indent = " " * (len(lines[index]) - len(lines[index].lstrip(" -")))
    children = index + 1
    while children < len(lines) and lines[children].startswith(f"{indent} "):
        children += 1
    lines.insert(children, f"{indent}{key}:")

    told = [str(each) for each in reading_of("\n".join(lines)).findings]

    assert any(f"the key `{key}` is written twice" in each for each in told)
