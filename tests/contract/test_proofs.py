"""Proofs that channels work, and the heads of the log, on every database."""

from service.domain.audit import Head
from service.domain.proof import Proof
from tests.contract.conftest import Storage
from tests.contract.samples import DAY, MINUTE, NOON, fact


def test_a_channel_keeps_what_each_attempt_proved(storage: Storage) -> None:
    with storage.transaction() as work:
        work.note_channel("mail", NOON)
        work.note_channel("mail", NOON + DAY)
        work.note_failed("finops", "503", NOON)
        work.note_delivered("finops", "nt_1", NOON + MINUTE)

    finops = Proof(
        channel="finops",
        since=NOON,
        delivered_at=NOON + MINUTE,
        delivered_id="nt_1",
        failed_at=NOON,
        error="503",
    )
    assert storage.queries.proofs() == (finops, Proof(channel="mail", since=NOON))
    assert storage.queries.survey([], NOON).proofs == storage.queries.proofs()


def test_a_drill_is_claimed_once(storage: Storage) -> None:
    with storage.transaction() as work:
        work.note_channel("mail", NOON)
        assert work.claim_drill("mail", None, NOON + DAY)
        assert not work.claim_drill("mail", None, NOON + DAY)
        assert work.claim_drill("mail", NOON + DAY, NOON + 2 * DAY)

    (proof,) = storage.queries.proofs()
    assert proof.drilled_at == NOON + 2 * DAY


def test_the_heads_are_claimed_once_a_day_and_channel(storage: Storage) -> None:
    with storage.transaction() as work:
        assert work.claim_heads("mail", "2026-08-20", NOON)
        assert not work.claim_heads("mail", "2026-08-20", NOON)
        assert work.claim_heads("finops", "2026-08-20", NOON)
        assert work.claim_heads("mail", "2026-08-21", NOON + DAY)


def test_heads_are_the_newest_entries_those_named_first(storage: Storage) -> None:
    with storage.transaction() as work:
        assert work.audit_heads(("acme", "system"), 5) == ()
        work.record(fact(1), fact(2), fact(1, chain="beta"), fact(1, chain="system"))
    with storage.transaction() as work:
        heads = work.audit_heads(("system", "acme", "none"), 5)
        fewer = work.audit_heads(("system",), 2)

    assert [(each.chain, each.seq) for each in heads] == [
        ("system", 1),
        ("acme", 2),
        ("beta", 1),
    ]
    newest = storage.queries.audit_entries("acme", 1)[0]
    assert heads[1] == Head(chain="acme", seq=2, hash=newest.hash)
    assert [each.chain for each in fewer] == ["system", "acme"]
