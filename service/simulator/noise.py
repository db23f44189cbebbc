"""Seeded noise that is a function of its index, not of how often it was asked."""

import hashlib

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


class Noise:
    """A reproducible sequence per (seed, label), readable at any index."""

    __slots__ = ("_key",)

    def __init__(self, seed: int, label: str) -> None:
        digest = hashlib.sha256(f"{seed}:{label}".encode()).digest()
        self._key = int.from_bytes(digest[:8], "big")

    def unit(self, index: int) -> float:
        """Uniform in [0, 1)."""
        return (self._mixed(index) >> 11) / (1 << 53)

    def swing(self, index: int) -> float:
        """Uniform in [-1, 1)."""
        return 2.0 * self.unit(index) - 1.0

    def whole(self, index: int, below: int) -> int:
        """Draw a whole number in [0, below)."""
        return self._mixed(index) % below

    def _mixed(self, index: int) -> int:
        # splitmix64: a microsecond a draw, where random.Random(seed) takes ten.
        z = (self._key + index * _GOLDEN) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)
