"""What statsforecast's models expect of the days ahead; runs where it is installed.

Reads a list of `{days, ahead}` and prints, by model, the sums over the days ahead.
Nothing of Spendguard is imported: its environment is not here.
"""

import json
import sys
import warnings
from importlib import import_module
from typing import Any

_LONGEST = 120  # days it is fitted to: with more it is slower, and no better here


def main() -> None:
    """Fit every case with each model."""
    warnings.simplefilter("ignore")
    numpy: Any = import_module("numpy")
    models: Any = import_module("statsforecast.models")
    cases = json.load(sys.stdin)
    answers: dict[str, list[str]] = {}
    for name in ("AutoTheta", "AutoETS"):
        answers[name] = []
        for case in cases:
            days = numpy.array([float(each) for each in case["days"]][-_LONGEST:])
            model = getattr(models, name)(season_length=7)
            found = model.forecast(days, case["ahead"])["mean"]
            answers[name].append(str(float(numpy.maximum(found, 0).sum())))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
