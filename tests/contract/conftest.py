"""A storage of each kind, ready to use."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

import pytest

from service.ports import Queries, UnitOfWork
from service.storage import Database, SqlQueries, SqlUnitOfWork
from tests.fakes import MemoryQueries, Tables


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Both ports of one storage."""

    transaction: Callable[[], AbstractContextManager[UnitOfWork]]
    queries: Queries


@pytest.fixture(
    params=[
        "memory",
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
    ]
)
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    if request.param == "memory":
        tables = Tables()
        yield Storage(transaction=tables.transaction, queries=MemoryQueries(tables))
        return
    database = Database(request.getfixturevalue(f"{request.param}_url"))
    database.upgrade()
    yield Storage(
        transaction=partial(SqlUnitOfWork, database), queries=SqlQueries(database)
    )
    database.close()
