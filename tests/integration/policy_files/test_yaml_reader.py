"""Strict YAML: the same by PyYAML's C loader and by its own."""

from decimal import Decimal

import pytest
import yaml

from service.policy_files.tree import Place, Tree
from service.policy_files.yaml_reader import DEEPEST, MOST_NODES, read, strict

LOADERS = [strict(yaml.SafeLoader)]
if yaml.__with_libyaml__:
    LOADERS.append(strict(yaml.CSafeLoader))

pytestmark = pytest.mark.parametrize("loader", LOADERS)
Loader = type[yaml.SafeLoader]


def tree_of(text: str, loader: Loader) -> Tree:
    tree, findings = read("a.yaml", text, loader)
    assert findings == ()
    return tree


def findings_of(text: str, loader: Loader) -> list[str]:
    return [str(each) for each in read("a.yaml", text, loader)[1]]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("5000", 5000),
        ("-5", -5),
        ("1000.10", Decimal("1000.10")),
        ("0.1", Decimal("0.1")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("no", "no"),
        ("NO", "NO"),
        ("off", "off"),
        ("on", "on"),
        ("yes", "yes"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("2026-08-20", "2026-08-20"),
        ("1.2.3", "1.2.3"),
        ("80%", "80%"),
        ("=", "="),
        ("'010'", "010"),
        ('"1_000"', "1_000"),
        ("!!str 5", "5"),
        ("!!int 5", 5),
        ("!!float 5.5", Decimal("5.5")),
    ],
)
def test_a_word_means_what_it_looks_like(
    word: str, value: object, loader: Loader
) -> None:
    root = tree_of(f"a: {word}", loader).root

    assert root == {"a": value}
    assert isinstance(root, dict)
    assert type(root["a"]) is type(value)


@pytest.mark.parametrize(
    "word",
    [
        *("010", "00", "0o10", "0x1F", "0b11"),
        *("1_000", "1_0.5", "1.5_0", ".5", "5."),
        *("1e3", "1.5E-3", ".inf", "-.INF", ".nan"),
    ],
)
def test_a_number_that_readers_disagree_on_is_refused(
    word: str, loader: Loader
) -> None:
    (finding,) = findings_of(f"a: {word}", loader)

    assert finding.startswith("a.yaml:1:4: not a plain number")


@pytest.mark.parametrize(
    "word", ["!!int 010", "!!int five", "!!bool no", "!!float 5", "!!null x"]
)
def test_a_tag_makes_no_value_of_what_is_none(word: str, loader: Loader) -> None:
    assert findings_of(f"a: {word}", loader) == ["a.yaml:1:4: not what its tag says"]


def test_a_number_of_endless_digits_is_refused(loader: Loader) -> None:
    told = findings_of(f"a: {'9' * 5000}", loader)

    assert told == ["a.yaml:1:4: a number of more than 30 digits"]


def test_every_value_and_key_keeps_its_place(loader: Loader) -> None:
    tree = tree_of("a:\n  - b: 1\n    cc: [2, 3]\n", loader)

    assert tree.value_place(("a", 0, "cc", 1)) == Place(3, 13)
    assert tree.key_place(("a", 0, "cc")) == Place(3, 5)
    assert tree.value_place(("a", 0, "missing", "deeper")) == Place(2, 5)
    assert tree.value_place(()) == Place(1, 1)
    assert tree.value(("a", 0, "b")) == 1
    assert tree.value(("a", 7)) is None
    assert tree.value(("a", "b")) is None


def test_what_an_alias_repeats_keeps_the_place_where_it_was_written(
    loader: Loader,
) -> None:
    tree = tree_of("a: &x\n  b: 1\nc: *x\nd:\n  <<: *x\n  e: 2\n", loader)

    assert tree.root == {"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 1, "e": 2}}
    assert tree.value_place(("c", "b")) == Place(2, 6)
    assert tree.value_place(("d", "b")) == Place(2, 6)


def test_a_merge_never_overwrites_and_the_first_of_several_wins(
    loader: Loader,
) -> None:
    text = "a: &a {k: 1, l: 1}\nb: &b {k: 2, m: 2}\nc: {m: 3, <<: [*a, *b]}\n"

    root = tree_of(text, loader).root

    assert isinstance(root, dict)
    assert root["c"] == {"m": 3, "k": 1, "l": 1}


def test_a_byte_order_mark_and_a_directive_are_no_error(loader: Loader) -> None:
    assert tree_of("\ufeff%YAML 1.1\n---\na: 1\n", loader).root == {"a": 1}


def test_an_empty_document_has_no_value(loader: Loader) -> None:
    assert tree_of("# nothing\n", loader).root is None


def test_a_key_written_twice_is_told_wherever_it_is(loader: Loader) -> None:
    assert findings_of("a: {b: 1, b: 2}\nc: 1\nc: {d: [1]}\n", loader) == [
        "a.yaml:1:11: the key `b` is written twice, first on line 1",
        "a.yaml:3:1: the key `c` is written twice, first on line 2",
    ]


def test_values_are_counted_with_all_that_aliases_repeat(loader: Loader) -> None:
    exactly = f"[{', '.join('1' * (MOST_NODES - 1))}]"
    repeated = f"a: &a [{', '.join('1' * 4_999)}]\nb: *a\n"

    assert findings_of(exactly, loader) == []
    assert "more than 10,000 values" in findings_of(f"[{exactly}]", loader)[0]
    assert "more than 10,000 values" in findings_of(repeated, loader)[0]


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 50_000])
def test_depth_is_bounded_before_it_can_end_the_process(
    text: str, loader: Loader
) -> None:
    (finding,) = findings_of(text, loader)

    assert f"nested more than {DEEPEST} deep" in finding


def test_a_document_too_large_is_not_read(loader: Loader) -> None:
    assert findings_of("#" * ((1 << 20) + 1), loader) == [
        "a.yaml:1:1: a document over 1 MiB is refused"
    ]


def test_a_text_that_is_no_unicode_is_told_by_place(loader: Loader) -> None:
    assert findings_of("a: 1\nb: '\ud800'\n", loader) == [
        "a.yaml:2:5: a character YAML forbids: U+D800"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "url: 'slack://sg_test_secret\n",
        "url: slack://sg_test_secret: more\n",
        "url: *sg_test_secret\n",
        "url: !sg_test_secret! x\n",
        "url: @sg_test_secret\n",
        "url: [sg_test_secret\nb: 1",
    ],
)
def test_what_stands_in_broken_yaml_is_not_repeated(text: str, loader: Loader) -> None:
    (finding,) = findings_of(text, loader)

    assert "sg_test" not in finding
