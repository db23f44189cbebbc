"""Who may come in: a valid key, whoever else failed from the same address."""

from contextlib import suppress
from hmac import compare_digest

from service.api.throttle import Throttle, network_of
from service.domain.access import ApiKey
from service.domain.errors import NotAuthenticated, StorageError, TooManyAttempts
from service.pipeline.respond_keys import Refusal, record_refusal, touch_key
from service.ports import Services


class Admission:
    """Looks keys up, and counts and records who has none.

    The key is looked up before the throttle is asked, so that nobody can lock a valid
    key out by failing in its neighbourhood.
    """

    def __init__(self, services: Services, throttle: Throttle) -> None:
        self._services = services
        self._throttle = throttle

    def admit(self, digest: str | None, address: str) -> ApiKey:
        """Give the valid key of a digest.

        `digest` is None for who brought no key at all. Raises `NotAuthenticated` and
        `TooManyAttempts`.
        """
        key = None if digest is None else self._find(digest)
        now = self._services.clock.now()
        if key is None or not key.is_valid(now):
            self._refuse(digest, key, network_of(address))
            raise NotAuthenticated("a valid key is needed: Authorization: Bearer sg_…")
        # Who may read shall read, even while the database cannot write.
        with suppress(StorageError):
            touch_key(self._services, key)
        return key

    def refuse_signature(self, address: str) -> None:
        """Count and record a webhook that nobody we know has signed.

        Raises `NotAuthenticated`, and `TooManyAttempts` as for keys.
        """
        network = network_of(address)
        failed = self._throttle.failed(network, self._services.clock.now())
        if failed.is_to_be_recorded:
            reason = Refusal.WRONG_SIGNATURE
            record_refusal(self._services, address=network, reason=reason, key=None)
        if failed.is_too_often:
            raise TooManyAttempts("too many failed attempts from this address")
        raise NotAuthenticated("the signature does not fit the body")

    def _find(self, digest: str) -> ApiKey | None:
        key = self._services.queries.key_by_digest(digest)
        # A database may compare more loosely, and not in constant time.
        return key if key and compare_digest(key.digest, digest) else None

    def _refuse(self, digest: str | None, key: ApiKey | None, address: str) -> None:
        failed = self._throttle.failed(address, self._services.clock.now())
        if failed.is_to_be_recorded:
            refusal = Refusal.NO_KEY if digest is None else Refusal.UNKNOWN_KEY
            refusal = refusal if key is None else Refusal.ENDED_KEY
            record_refusal(self._services, address=address, reason=refusal, key=key)
        # Without a key nothing was guessed: that is a mistake, not an attempt.
        if failed.is_too_often and digest is not None:
            raise TooManyAttempts("too many failed attempts from this address")
