"""All that the description allows, and much that it does not: no crash, no surprise.

`make fuzz` asks for longer, with a seed of its own, which it prints.
"""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.api.serving import Served

# How many requests are made up for each operation; none is sent by chance without it.
LONGER = os.environ.get("SPENDGUARD_TEST_FUZZ", "")
SEED = "20260820"
# Not asked: whether what the schema allows is always accepted (a cursor may be none
# that a list gave), whether a wrong key is always 401 (the throttle says 429), and
# whether what was made is there (a dry run keeps nothing).
NOT_CHECKED = "positive_data_acceptance,ignored_auth,ensure_resource_availability"
# Whoever reads is answered the same.
SHORTENED = {
    "operator": (),
    "admin": [f"--include-method={each}" for each in ("POST", "PUT", "DELETE")],
}


@pytest.mark.parametrize("role", ["operator", "admin"])
def test_whatever_is_asked_the_answer_is_a_described_one(
    served: Served, tmp_path: Path, role: str
) -> None:
    served.check()
    key = served.clients[role].http.headers["authorization"]
    seed = str(random.randrange(10**9)) if LONGER else SEED  # noqa: S311 - no secret

    done = subprocess.run(  # noqa: S603 - a program of ours, and what is made here
        [
            Path(sys.executable).parent / "schemathesis",
            *("run", f"{served.url}/openapi.json", "-H", f"Authorization: {key}"),
            *("--phases", f"examples,coverage{',fuzzing,stateful' if LONGER else ''}"),
            *("--max-examples", LONGER or "1", "--seed", seed),
            *("--checks", "all", "--exclude-checks", NOT_CHECKED),
            *("--continue-on-failure", "--request-timeout", "20", "--no-color"),
            *("--generation-database", "none"),
            *(() if LONGER else SHORTENED[role]),
        ],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )

    print(f"seed {seed}\n{done.stdout[-20_000:]}{done.stderr}")  # noqa: T201 - for who reads the failure
    assert done.returncode == 0
    assert "Coverage" in done.stdout
