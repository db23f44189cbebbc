"""The rules can fail: a product that is broken on purpose is found out."""

import pytest

from tests.faults.runner import run_until_enough, silence, workshop
from tests.faults.sabotage import SABOTAGES
from tests.faults.tally import Tally

# Those that need luck take thousands of checks: `make faults ARGS=--sabotages`.
QUICK = ("write_twice", "lose_messages", "write_unaudited")
SEED = 1
MOST = 500


@pytest.mark.parametrize("name", QUICK)
def test_a_broken_product_is_found(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (sabotage,) = (each for each in SABOTAGES if each.name == name)
    tally = Tally(wanted=MOST)

    with silence(), workshop(sabotage.rewire) as shop:
        broken = run_until_enough(shop, tally, SEED, is_shrunk=False)

    assert broken is not None
    assert f"Broken at {sabotage.found_by}" in capsys.readouterr().err
