"""The fire drill: a channel that nothing has proven for long is sent a message."""

from service.domain.alert import SYSTEM
from service.domain.proof import Proof, fire_drill
from service.pipeline.outbox import enqueue, plain_envelope
from service.pipeline.proofs import heads_for
from service.ports import Services


def drill_channels(services: Services) -> tuple[str, ...]:
    """Queue a fire drill for every channel that wants one; name these.

    At most one per channel and interval, over all processes and restarts. A channel
    seen for the first time is noted, so that its first interval begins.
    """
    guard, now = services.policies.current().guard, services.clock.now()
    known = {each.channel: each for each in services.queries.proofs()}
    names = [each.name for each in guard.channels]
    new = [name for name in names if name not in known]
    due = [
        known[name]
        for name in names
        if name in known and known[name].wants_drill(guard.fire_drill, now)
    ]
    if new:
        with services.transaction() as work:
            for name in new:
                work.note_channel(name, now)
    drilled = tuple(each.channel for each in due if _drill(services, each))
    if drilled:
        services.wake_delivery()
    return drilled


def _drill(services: Services, proof: Proof) -> bool:
    now, policies = services.clock.now(), services.policies.current()
    with services.transaction() as work:
        if not work.claim_drill(proof.channel, proof.drilled_at, now):
            return False
        envelope = plain_envelope(services, policies, "drill", SYSTEM, now)
        heads = heads_for(work, SYSTEM)
        interval = policies.guard.fire_drill
        enqueue(work, [fire_drill(proof, interval, envelope, heads)])
    return True
