"""The database: SQLite beside the service, or PostgreSQL for several of them."""

from service.storage.backup import back_up
from service.storage.database import Database
from service.storage.locks import locks_for
from service.storage.queries import SqlQueries
from service.storage.unit_of_work import SqlUnitOfWork

__all__ = ["Database", "SqlQueries", "SqlUnitOfWork", "back_up", "locks_for"]
