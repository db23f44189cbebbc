"""`make mutants`: break each promise on purpose, and see that its test notices."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.mutant import Mutant, apply, copy_project, mutants, try_tests


def main() -> int:
    """Try the mutants whose names begin as asked (all, if nothing is asked)."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="such as F14; all if left out")
    parser.add_argument("--list", action="store_true", help="only say what there is")
    asked = parser.parse_args()
    chosen = [each for each in mutants() if _is_asked(each, asked.names)]
    if not chosen:
        print(f"no mutant is called so: {' '.join(asked.names)}", file=sys.stderr)
        return 2
    if asked.list:
        for each in chosen:
            print(f"{each.name:34} {each.breaks}")
        return 0
    with TemporaryDirectory() as folder:
        return _try_all(chosen, Path(folder))


def _is_asked(mutant: Mutant, names: list[str]) -> bool:
    return not names or any(mutant.name.startswith(name) for name in names)


def _try_all(chosen: list[Mutant], folder: Path) -> int:
    copy_project(folder)
    tests = tuple(dict.fromkeys(test for each in chosen for test in each.tests))
    print(f"the code as it is: {len(tests)} tests or files of tests", flush=True)
    sound = try_tests(tests, folder)
    if sound.code != 0:
        print(sound.output, file=sys.stderr)
        print("the tests fail without any mutant", file=sys.stderr)
        return 1
    survivors = [each for each in chosen if not _is_caught(each, folder)]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants were caught")
    return 1 if survivors else 0


def _is_caught(mutant: Mutant, folder: Path) -> bool:
    complaint = apply(mutant, folder)
    if complaint:
        print(f"STALE     {mutant.name}: {complaint}")
        return False
    trial = try_tests(mutant.tests, folder)
    apply(mutant, folder, "--reverse")
    word = "caught" if trial.has_failures else "SURVIVED"
    print(f"{word:9} {mutant.breaks}", flush=True)
    if not trial.has_failures:
        print(trial.output[-2000:])
    return trial.has_failures


if __name__ == "__main__":
    sys.exit(main())
