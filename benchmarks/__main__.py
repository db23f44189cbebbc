"""`python -m benchmarks`: measure, print each figure beside its target, sum up."""

import argparse
import functools
import json
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import (
    audit_verify,
    backtest,
    check_time,
    evaluation,
    forecast,
    help_time,
    latency,
    ready_time,
    resident_memory,
    status_route,
    throughput,
    tracking,
)
from benchmarks.figure import Figure, Measure

BENCHMARKS: Mapping[str, Measure] = {
    "check": check_time.measure,
    "evaluation": evaluation.measure,
    "latency": latency.measure,
    "throughput": throughput.measure,
    "status": status_route.measure,
    "audit": audit_verify.measure,
    "help": help_time.measure,
    "ready": ready_time.measure,
    "memory": resident_memory.measure,
    "forecast": forecast.measure,
    "tracking": tracking.measure,
    "backtest": backtest.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; give 1 only if something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--short", action="store_true", help="fewer samples")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--series",
        type=Path,
        default=forecast.DEFAULT_FOLDER,
        metavar="FOLDER",
        help="what to forecast and track: *.csv of timestamp,amount by hours or days",
    )
    parser.add_argument(
        "--library",
        action="store_true",
        help="hold the forecast against statsforecast too, installed for this alone",
    )
    asked = parser.parse_args(arguments)
    measures: Mapping[str, Measure] = {
        **BENCHMARKS,
        "forecast": functools.partial(
            forecast.measure, folder=asked.series, with_library=asked.library
        ),
        "tracking": functools.partial(tracking.measure, folder=asked.series),
    }
    unknown = sorted(set(asked.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    failed: list[str] = []
    for name in asked.names or BENCHMARKS:
        try:
            figures.extend(_measured(name, measures[name], is_short=asked.short))
        except Exception:  # noqa: BLE001 - the other figures can still be measured
            traceback.print_exc()
            failed.append(name)
    if asked.json:
        _print_json(figures, failed)
    else:
        _print_table(figures, failed)
    return 1 if failed else 0


def _measured(name: str, measure: Measure, *, is_short: bool) -> list[Figure]:
    started = time.perf_counter()
    figures = list(measure(is_short))
    took = time.perf_counter() - started
    _say(f"{name}  ({took:.0f} s)")
    for each in figures:
        _say(f"  {each.what}: {each.shown()}  {each.shown_target()}  {each.verdict}")
        if each.beside:
            _say(f"      {each.beside}")
    return figures


def _say(line: str) -> None:
    # Standard output is for the table, or for JSON alone.
    print(line.rstrip(), file=sys.stderr, flush=True)


def _print_table(figures: Sequence[Figure], failed: Sequence[str]) -> None:
    rows = [("what", "figure", "target", "")]
    rows += [(f.what, f.shown(), f.shown_target(), f.verdict) for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    print()
    for what, shown, target, verdict in rows:
        line = (
            f"{what:<{widths[0]}}  {shown:>{widths[1]}}"
            f"  {target:>{widths[2]}}  {verdict}"
        )
        print(line.rstrip())
    missed = sum(each.is_met is False for each in figures)
    print(f"\n{missed} of {sum(f.target is not None for f in figures)} targets not met")
    for name in failed:
        print(f"{name} could not be measured")


def _print_json(figures: Sequence[Figure], failed: Sequence[str]) -> None:
    items = [
        {
            "what": each.what,
            "value": each.value,
            "unit": each.unit,
            "target": each.target,
            "bound": each.bound.name.lower(),
            "met": each.is_met,
            "beside": each.beside,
        }
        for each in figures
    ]
    print(json.dumps({"figures": items, "failed": list(failed)}, indent=2))


if __name__ == "__main__":
    sys.exit(main())
