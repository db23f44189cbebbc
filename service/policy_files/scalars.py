"""What a plain word of YAML means: the core of YAML 1.2, without its surprises."""

import re
from decimal import Decimal

# A longer one is no amount, and takes long to turn into a number.
_LONGEST_NUMBER = 30
_TAG = "tag:yaml.org,2002:"
TEXT = f"{_TAG}str"
MERGE = f"{_TAG}merge"
_NULL = f"{_TAG}null"
_FLAG = f"{_TAG}bool"
_WHOLE = f"{_TAG}int"
_FRACTION = f"{_TAG}float"
_PECULIAR = "peculiar number"

# In the order in which they are tried; anything else is a text, also `no`, `12:30`.
_MEANINGS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (_WHOLE, re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")),
    (_FRACTION, re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+\Z")),
    (_FLAG, re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")),
    (_NULL, re.compile(r"(?:~|null|Null|NULL|)\Z")),
    (MERGE, re.compile(r"<<\Z")),
    # What one reader of YAML takes for a number and the next for another or a text.
    (
        _PECULIAR,
        re.compile(
            r"""[-+]?(?:
                0[0-9_]+(?:\.[0-9_]*)?      # 010 is eight, or ten
              | 0o[0-7_]+ | 0x[0-9a-fA-F_]+ | 0b[01_]+
              | [0-9]+_[0-9_]*(?:\.[0-9_]*)? | [0-9]+\.[0-9]*_[0-9_]*
              | \.[0-9][0-9_]* | [0-9]+\.
              | (?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+
              | \.(?:inf|Inf|INF|nan|NaN|NAN)
            )\Z""",
            re.VERBOSE,
        ),
    ),
)
# PyYAML looks under the first character of a word; most words begin with none of these.
_BEGINNINGS = {
    _WHOLE: [*"+-0123456789"],
    _FRACTION: [*"+-0123456789"],
    _PECULIAR: [*"+-.0123456789"],
    _FLAG: [*"tTfF"],
    _NULL: [*"~nN", ""],
    MERGE: ["<"],
}
RESOLVERS = {
    beginning: [each for each in _MEANINGS if beginning in _BEGINNINGS[each[0]]]
    for beginnings in _BEGINNINGS.values()
    for beginning in beginnings
}
SCALAR_TAGS = frozenset({TEXT, _NULL, _FLAG, _WHOLE, _FRACTION, _PECULIAR})
_BY_TAG = dict(_MEANINGS)


def scalar(tag: str, text: str) -> str | int | bool | Decimal | None:
    """Give the value of a scalar; raise `ValueError`, for people, where it has none.

    Numbers come from their source text, never through a float. What stands there is
    not repeated: it may be a secret.
    """
    if tag == TEXT:
        return text
    if tag == _PECULIAR:
        raise ValueError(
            "not a plain number: write it with digits and at most one point, or in"
            " quotes if it is a text"
        )
    if not _BY_TAG[tag].match(text):
        raise ValueError("not what its tag says")
    if tag == _NULL:
        return None
    if tag == _FLAG:
        return text.lower() == "true"
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(f"a number of more than {_LONGEST_NUMBER} digits")
    return int(text) if tag == _WHOLE else Decimal(text)
