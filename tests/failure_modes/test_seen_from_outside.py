"""What the guard did and said is seen by the machinery that watches it."""

from service.api.metrics import expose
from service.pipeline.respond_metrics import measure
from tests.failure_modes.stage import RAISE, Stage


def scraped(stage: Stage) -> set[str]:
    measures = measure(stage.world.application.services)
    return set(expose(measures, "", is_ready=True).content.decode().splitlines())


def test_a_change_of_the_limit_and_its_message_are_counted_once(stage: Stage) -> None:
    stage.open(RAISE)
    stage.step()

    seen = scraped(stage)
    stage.world.restart()

    changes = 'spendguard_limit_changes_total{organization="acme",outcome='
    assert f'{changes}"requested",reason=""}} 1.0' in seen
    assert f'{changes}"applied",reason=""}} 1.0' in seen
    assert f'{changes}"failed",reason=""}} 0.0' in seen
    delivered = 'spendguard_deliveries_total{channel="finops",outcome="delivered"} 1.0'
    assert delivered in seen
    assert 'spendguard_spend_limit{currency="EUR",organization="acme"} 4500.0' in seen
    # A restart counts nothing anew.
    assert {delivered, f'{changes}"applied",reason=""}} 1.0'} <= scraped(stage)
