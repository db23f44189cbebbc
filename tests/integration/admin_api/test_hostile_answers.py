"""A provider that means harm, or has lost its mind: refused soon, never computed."""

import time

import pytest

from service.domain.errors import ProviderMalformed
from tests.integration.admin_api.provider import answering, failure

LIMIT = b'{"limits": {"completion": {"usage_limit": %s, "total_usage": 1}}}'
HOSTILE = {
    "an exponent beyond all bounds": LIMIT % b"1e400",
    "an exponent of many digits": LIMIT % (b"1e" + b"9" * 5000),
    "a number of many digits": LIMIT % (b"9" * 1_000_000),
    "a fraction of many digits": LIMIT % (b"0." + b"1" * 1_000_000),
    "no number": LIMIT % b"NaN",
    "no end of a number": LIMIT % b"-Infinity",
    "digits within a text": LIMIT % (b'"' + b"9" * 1_000_000 + b'"'),
    "an exponent within a text": LIMIT % b'"1e999999999"',
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"limits":' * 200_000,
    "no text": b'{"limits": "\xff"}',
    "an empty answer": b"",
    "a text": b'"limits"',
}
SECONDS = 5.0


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_answer_is_malformed_and_costs_nothing(body: bytes) -> None:
    began = time.process_time()

    error = failure(answering(body).spend_limit)

    assert isinstance(error, ProviderMalformed)
    assert time.process_time() - began < SECONDS
    assert len(str(error)) < 1000
