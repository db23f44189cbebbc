"""What all tables share: the names of constraints, and positions that only grow."""

from typing import ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# AUTOINCREMENT: a position is never given twice, so no cursor ever points anew.
GROWING = {"sqlite_autoincrement": True}


class Row(SQLModel, registry=registry(metadata=METADATA)):
    """What all rows share: the names of constraints."""

    metadata: ClassVar[MetaData] = METADATA
