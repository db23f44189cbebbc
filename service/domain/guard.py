"""The wiring of a policy folder: organizations, channels and what bounds them."""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from service.domain.alert_names import SYSTEM
from service.domain.quantity import (
    Amount,
    Count,
    Currency,
    Document,
    Duration,
    Name,
    Percent,
    PositiveDuration,
    Share,
    Text,
    refuse,
    schema_of,
)
