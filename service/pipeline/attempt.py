"""A call to the provider whose failure is a value."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from service.domain.errors import ProviderError, ProviderMalformed
from service.domain.usage import Failure

_NO_SUCH_PATH = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

Answer = TypeVar("Answer")


def attempt(call: Callable[[], Answer]) -> Answer | Failure:
    """Give the answer of a provider's call, or its failure as a value."""
    try:
        return call()
    except ProviderError as error:
        return Failure(reason=error.code, detail=str(error), is_drift=_is_drift(error))


def _is_drift(error: ProviderError) -> bool:
    """Say whether the interface itself has changed: no such path, no such field."""
    return isinstance(error, ProviderMalformed) or error.status in _NO_SUCH_PATH
