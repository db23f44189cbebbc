import re

import pytest

from service.domain import errors
from service.domain.errors import (
    Finding,
    InvalidPolicies,
    ProviderUnavailable,
    SpendguardError,
)


def tree(of: type[SpendguardError]) -> list[type[SpendguardError]]:
    return [of, *(each for sub in of.__subclasses__() for each in tree(sub))]


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = re.findall(r"^[│├└─ ]*(\w+)\b", errors.__doc__ or "", re.MULTILINE)

    assert {each.__name__ for each in tree(SpendguardError)} == set(drawn[1:]) - {"The"}


@pytest.mark.parametrize("error", tree(SpendguardError), ids=lambda each: each.__name__)
def test_every_error_has_a_code_of_its_own(error: type[SpendguardError]) -> None:
    codes = [each.code for each in tree(SpendguardError)]

    assert codes.count(error.code) == 1
    assert re.fullmatch(r"[a-z_]+", error.code)


def test_a_finding_reads_as_editors_understand_it() -> None:
    wrong = Finding(file="a.yaml", line=3, column=5, message="unknown key")
    doubtful = Finding(file="a.yaml", line=4, column=1, message="m", is_warning=True)

    assert str(wrong) == "a.yaml:3:5: unknown key"
    assert str(doubtful) == "a.yaml:4:1: warning: m"
    error = InvalidPolicies((wrong, doubtful), texts=(("a.yaml", "x"),))
    assert str(error) == f"{wrong}\n{doubtful}"
    assert (error.findings, error.texts) == ((wrong, doubtful), (("a.yaml", "x"),))


def test_a_providers_error_carries_route_and_status() -> None:
    error = ProviderUnavailable("no answer", route="/usage", status=503)

    assert (str(error), error.route, error.status) == ("no answer", "/usage", 503)
    bare = ProviderUnavailable("no answer")
    assert (bare.route, bare.status) == ("", None)
