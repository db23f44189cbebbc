"""What is printed for people holds nothing that a terminal would obey."""

import pytest

from service.api.bodies.base import Quantity
from service.cli.output import harmless, print_table, quantity_text


@pytest.mark.parametrize("name", ["\x1b[31mred", "\x9b2J", "a\r\nb", "\u202eevil"])
def test_a_name_cannot_command_a_terminal(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_table(("model",), [(name,)], empty="none")

    printed = capsys.readouterr().out
    assert not set("\x1b\x9b\r\u202e") & set(printed)
    assert harmless(name) != name


@pytest.mark.parametrize("name", ["[/red]", "[bold]x[/bold]", "[link=http://x]y[/]"])
def test_a_name_is_no_markup(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("model",), [(name,)], empty="none")

    assert name in capsys.readouterr().out


def test_a_share_just_below_a_bound_does_not_read_as_if_it_had_reached_it() -> None:
    share = Quantity(amount="84.9999", unit="%", currency=None)

    assert quantity_text(share) == "84.99%"
