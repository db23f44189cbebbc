import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.scope import Category, Scope
from tests.builders import Fields


def scope(**parts: Fields) -> Scope:
    return Scope(organization="acme", **parts)


@pytest.mark.parametrize(
    ("parts", "category", "model", "expected"),
    [
        pytest.param({}, "ocr", "x", True, id="the whole takes all"),
        pytest.param({}, "video", "x", True, id="the whole takes what is new"),
        pytest.param({"categories": ("ocr",)}, "ocr", "x", True, id="its category"),
        pytest.param({"categories": ("ocr",)}, "audio", "x", False, id="another one"),
        pytest.param({"models": ("large-*",)}, "ocr", "large-2", True, id="a glob"),
        pytest.param({"models": ("large-*",)}, "ocr", "Large-2", False, id="its case"),
        pytest.param({"models": ("large",)}, "ocr", "large-2", False, id="all of it"),
        pytest.param({"models": ("a", "b")}, "ocr", "b", True, id="any of its globs"),
        pytest.param(
            {"categories": ("ocr",), "models": ("a",)}, "audio", "a", False, id="both"
        ),
    ],
)
def test_a_scope_takes_rows(
    parts: dict[str, tuple[str, ...]], category: str, model: str, *, expected: bool
) -> None:
    assert scope(**parts).takes(category, model) is expected


def test_only_a_scope_without_parts_is_the_whole_organization() -> None:
    assert scope().is_organization
    assert not Scope(organization="acme", workspace="search").is_organization
    assert not scope(categories=("ocr",)).is_organization
    assert not scope(models=("*",)).is_organization


def test_a_scope_has_one_key() -> None:
    full = Scope(
        organization="acme",
        workspace="search",
        categories=("ocr", "audio"),
        models=("b", "a", "b"),
    )

    assert scope().key == "acme"
    assert full.key == "acme;workspace=search;categories=audio,ocr;models=a,b"


@given(names=st.permutations([category.value for category in Category]))
def test_the_order_of_a_list_is_no_part_of_a_scope(names: list[str]) -> None:
    first = scope(categories=tuple(names), models=tuple(names))
    again = scope(categories=tuple(sorted(names)), models=tuple(reversed(names)))

    assert first.key == again.key
