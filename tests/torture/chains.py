"""The audit log: exported by the service, verified by a script that shares no code."""

import importlib.util
import json
import re
import sys
from types import ModuleType

import httpx

from tests.torture.process import PATIENCE_SECONDS, ROOT
from tests.torture.world import AUTHORIZED

_SCRIPT = ROOT / "docs" / "verify_audit.py"
_HEAD = re.compile(r'"hash":"([0-9a-f]{64})"')


class Chains:
    """Verifies export after export; what one ended with, the next must still hold."""

    def __init__(self) -> None:
        self._script = _loaded()
        self._heads: list[str] = []
        self.entries = 0

    def fault(self, address: str) -> str | None:
        """Export the log over REST; give the first bad entry, None if there is none."""
        answer = httpx.get(
            f"{address}/api/v1/audit/export",
            headers=AUTHORIZED,
            timeout=PATIENCE_SECONDS,
        )
        answer.raise_for_status()
        lines = answer.text.splitlines()
        verification = self._script.Verification(self._heads, None, None)
        verification.run(lines)
        if verification.finding is not None:
            return f"the audit log: {verification.finding.sentence()}"
        last = {json.loads(line)["chain"]: line for line in lines}
        self._heads = [found[1] for found in map(_HEAD.search, last.values()) if found]
        self.entries = len(lines)
        return None


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_audit", _SCRIPT)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {_SCRIPT}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
