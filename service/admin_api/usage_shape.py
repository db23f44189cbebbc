"""The shape of `GET /usage` with its rows, which `rows` reads by hand.

Nothing is parsed as these: they say what is known, for `shape` to compare with.
"""

from typing import Annotated, TypeAlias

from service.admin_api.known import SENT, AnyText
from service.admin_api.wire import UsageEnvelope, Wire


class UsageRowOut(Wire):
    """A row of usage; only its units are needed."""

    event_type: Annotated[str | None, SENT] = None
    billing_metric: Annotated[str, SENT] = ""
    billing_display_name: Annotated[str, SENT] = ""
    billing_group: Annotated[str, SENT] = ""
    timestamp: str | None = None
    value: int
    value_paid: Annotated[int, SENT] = 0
    api_zone: str | None = None
    service_tier: str | None = None
    usage_type: AnyText = None


RowsByModel: TypeAlias = dict[str, dict[str, tuple[UsageRowOut, ...]]]


class ModelsOut(Wire):
    """A category: rows by model and billing group."""

    models: RowsByModel


class LibrariesOut(Wire):
    """The category of document libraries, in three parts."""

    pages: ModelsOut
    tokens: ModelsOut
    audio_seconds: ModelsOut


class FineTuningOut(Wire):
    """The category of fine-tuning: rows without the usual level, and storage."""

    training: RowsByModel
    storage: dict[str, object]


class VibeCodeOut(Wire):
    """Vibe's usage, by the categories it shares with the API."""

    completion: ModelsOut
    ocr: ModelsOut
    connectors: ModelsOut
    audio: ModelsOut
    audio_characters: ModelsOut


class UsageOut(UsageEnvelope):
    """All of `GET /usage`; `rows` names the categories that lack."""

    completion: ModelsOut = ModelsOut(models={})
    ocr: ModelsOut = ModelsOut(models={})
    connectors: ModelsOut = ModelsOut(models={})
    audio: ModelsOut = ModelsOut(models={})
    audio_characters: ModelsOut = ModelsOut(models={})
    chat: ModelsOut = ModelsOut(models={})
    libraries_api: LibrariesOut | None = None
    fine_tuning: FineTuningOut | None = None
    vibe_code: VibeCodeOut | None = None
