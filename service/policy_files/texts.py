"""What a source of policies makes of texts, wherever its own texts come from."""

from collections.abc import Mapping, Sequence

from typing_extensions import override

from service.domain.policy_set import PolicySet
from service.policy_files.expansion import BLIND, Expander
from service.policy_files.listing import Listing
from service.policy_files.reader import read_set
from service.policy_files.sets import policy_set
from service.policy_files.storing import storable
from service.ports import Clock, PolicySource


class TextReader(PolicySource):
    """The half of a source that is the same for a folder and a repository."""

    def __init__(self, environment: Mapping[str, str], clock: Clock) -> None:
        self._expander = Expander(environment, require_variables=True)
        self._clock = clock

    @override
    def parse(self, texts: Sequence[tuple[str, str]]) -> PolicySet:
        """Read a set from texts with the present environment; raise as `load` does."""
        return self._set_of(texts, self._expander)

    @override
    def draft(self, texts: Sequence[tuple[str, str]]) -> PolicySet:
        """Read a set from texts with nothing of the environment in it."""
        return self._set_of(texts, BLIND)

    @override
    def storable(self, texts: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Leave out of texts what may be secret; a pure function of them."""
        return tuple((name, storable(text)) for name, text in texts)

    def _set_of(
        self, texts: Sequence[tuple[str, str]], expander: Expander
    ) -> PolicySet:
        listing = Listing(texts=tuple(texts), findings=())
        return policy_set(listing, read_set(texts, expander), self._clock.now())
