"""F22: a policy that was mistyped did nothing, and looked as if it did."""

from pathlib import Path

import pytest

from service.domain.errors import InvalidPolicies
from service.ports import AlertFilter, PageRequest
from tests.failure_modes.stage import DAY, HALF, Stage, errors_in, policies

# Each kind of threshold, on something that a healthy month has long passed.
CERTAIN = [
    "{id: share, spend: 50%}",
    "{id: amount, spend: 1000}",
    "{id: exact, spend: 0.01}",
    "{id: of-limit, limit: 30%}",
    "{id: late, forecast: 100%}",
    "{id: units, usage: {unit: api_tokens, above: 1000}}",
    "{id: talk, activity: {metric: lechat.messages, per: user, above: 1}}",
    "{id: code, activity: {metric: vibe.sessions, per: workspace, above: 1}}",
    "{id: lasting, spend: 50%, for: 1h}",
    "{id: severe, spend: 50%, severity: critical}",
    "{id: routed, spend: 50%, notify: [finops-mail]}",
]
MISTYPED = {
    "{id: half, spned: 50%}": "spend",
    "{id: half, spend: 50%, severty: critical}": "severity",
    "{id: half, spend: 50%, severity: crital}": "critical",
    "{id: half, spend: 50%, notfy: [finops]}": "notify",
    "{id: half, spend: 50%, notify: [finop]}": "finops",
    "{id: half, spend: 50%, for: 6hours}": "for",
    "{id: half, spend: 50%, held_for: 6h}": "for",
    "{id: half, spend: 50%, then: {rise_limit: {by: 500}}}": "raise_limit",
    "{id: half, spend: 50%, then: {raise_limit: {upto: 500, by: 1}}}": "up_to",
    "{id: half}": "exactly one",
    "{id: half, spend: 50%, limit: 50%}": "exactly one",
    "{id: half, usage: {unit: api_tokens}}": "above",
    "{id: half, activity: {metric: lechat.mesages, per: user, above: 5}}": (
        "lechat.messages"
    ),
    "{id: half, activity: {metric: lechat.messages, per: user}}": "above",
    "{id: half, activity: {metric: lechat.users, per: user, above: 5}}": "agent",
}


def test_every_kind_of_threshold_can_fire(stage: Stage) -> None:
    world = stage.open(*CERTAIN)

    stage.steps(3)

    ids = {text.split(",")[0].removeprefix("{id: ") for text in CERTAIN}
    assert stage.firing() == ids
    assert set(stage.told()) == ids
    assert [text for text in world.sink.texts("mail") if "routed" in text]


@pytest.mark.parametrize(("text", "hint"), MISTYPED.items())
def test_a_slip_is_an_error_with_its_place_and_the_right_word(
    tmp_path: Path, text: str, hint: str
) -> None:
    errors = errors_in(tmp_path, policies(text))

    assert "policies.yaml:9:" in errors
    assert hint in errors


def test_one_bad_policy_leaves_the_whole_last_good_set_in_force_and_alarms(
    stage: Stage,
) -> None:
    world = stage.open(HALF)
    stage.step()
    (world.folder / "more.yaml").write_text(policies("{id: half, spned: 1}"))
    world.application.load_policies()

    world.simulator.advance(DAY)
    check = world.check()

    services = world.application.services
    good = services.policies.current()
    assert check.revision == good.revision
    assert services.clock.now() - good.loaded_at >= DAY
    assert "policy_load_failed" in {
        each.kind.value for each in services.queries.alerts(*all_alerts()).items
    }

    (world.folder / "more.yaml").unlink()
    world.application.load_policies()
    assert services.policies.error() is None


def all_alerts() -> tuple[AlertFilter, PageRequest]:

    return AlertFilter(), PageRequest(limit=100)


def test_a_bad_set_without_a_good_one_before_it_starts_nothing(stage: Stage) -> None:
    world = stage.world
    world.write(policies("{id: half, spned: 50%}"))

    with pytest.raises(InvalidPolicies, match="spend"):
        world.start()


TRAPS = {
    "an octal": ("amount: 2000", "amount: 0o17"),
    "a leading zero": ("amount: 2000", "amount: 02000"),
    "an underscore": ("amount: 2000", "amount: 2_000"),
    "sixty seconds a minute": ("amount: 2000", "amount: 33:20"),
    "a hexadecimal": ("amount: 2000", "amount: 0x7D0"),
    "a comma": ("amount: 2000", 'amount: "2,000"'),
    "a key twice": ("amount: 2000", "amount: 2000, amount: 9000"),
    "an id twice": (
        "- {id: half, spend: 50%}",
        "- &a {id: half, spend: 50%}\n      - *a",
    ),
    "no as a word": ("mode: enforce", "mode: no"),
    "a tag": ("amount: 2000", "amount: !!python/object:int 2000"),
}


@pytest.mark.parametrize(("good", "bad"), TRAPS.values(), ids=TRAPS)
def test_a_trap_of_yaml_is_an_error(tmp_path: Path, good: str, bad: str) -> None:
    text = policies(HALF)
    assert good in text

    assert errors_in(tmp_path, text.replace(good, bad))


def test_a_country_called_no_stays_a_word(stage: Stage) -> None:
    world = stage.open(HALF)
    world.write(policies(HALF).replace("id: acme-monthly", "id: no"))

    world.application.load_policies()

    (declared,) = world.application.services.policies.current().policies
    assert declared.policy.id == "no"


def test_an_anchor_means_what_it_repeats(stage: Stage) -> None:
    world = stage.open(HALF)
    world.write(
        policies(
            "&base {id: half, spend: 50%}", "{<<: *base, id: more, severity: info}"
        )
    )

    world.application.load_policies()
    stage.step()

    assert stage.firing() == {"half", "more"}


def test_a_file_that_moved_in_git_tells_nothing_again(stage: Stage) -> None:
    world = stage.open(HALF)
    stage.step()
    (world.folder / "policies.yaml").rename(world.folder / "renamed.yaml")
    world.application.load_policies()

    stage.steps(2)
    world.restart()
    stage.step()

    assert stage.told() == {"half": 1}
    assert len(world.sink.texts("slack")) == 1


def test_another_title_and_another_order_tell_nothing_again(stage: Stage) -> None:
    world = stage.open(HALF, "{id: low, spend: 10%}")
    stage.step()
    text = policies("{id: low, spend: 10%}", HALF)
    world.write(
        text.replace("organization: acme", "title: New\n    organization: acme")
    )
    world.application.load_policies()

    stage.steps(2)

    assert stage.told() == {"half": 1, "low": 1}
