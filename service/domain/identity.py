"""Ids that follow from what they name, so that a repeat finds the first."""

from hashlib import sha256


def stable_id(prefix: str, *parts: object) -> str:
    """Give `prefix_` and 24 hexadecimal digits that depend on the parts alone."""
    joined = "\x1f".join(str(part) for part in parts)
    return f"{prefix}_{sha256(joined.encode()).hexdigest()[:24]}"
