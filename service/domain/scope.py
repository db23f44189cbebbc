"""What a policy applies to: a whole organization or a part of its usage."""

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Category(StrEnum):
    """The parts of usage that the provider reports apart."""

    CHAT = "chat"
    COMPLETION = "completion"
    OCR = "ocr"
    AUDIO = "audio"
    CONNECTORS = "connectors"
    LIBRARIES_API = "libraries_api"
    FINE_TUNING = "fine_tuning"
    VIBE = "vibe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """An organization, or a workspace, categories or models of it.

    `workspace` is a name or uuid as the policy wrote it; `models` are globs on the
    billed model's display name; empty tuples mean "all".
    """

    organization: str
    workspace: str | None = None
    categories: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    @property
    def is_organization(self) -> bool:
        """Say whether this is the whole organization."""
        return self.workspace is None and not self.categories and not self.models

    @property
    def key(self) -> str:
        """Give one text per scope, the same however its lists are ordered."""
        parts = [self.organization]
        if self.workspace is not None:
            parts.append(f"workspace={self.workspace}")
        if self.categories:
            parts.append("categories=" + ",".join(sorted(set(self.categories))))
        if self.models:
            parts.append("models=" + ",".join(sorted(set(self.models))))
        return ";".join(parts)

    def takes(self, category: str, model: str) -> bool:
        """Say whether a row of this category and model counts (case matters)."""
        if self.categories and category not in self.categories:
            return False
        return not self.models or any(fnmatchcase(model, glob) for glob in self.models)
