"""A bare FastAPI and SQLModel route that reads one row, as their own pages have it.

Run as `python -m benchmarks.bare_route FILE`; served as the product is.
"""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI, HTTPException
from sqlmodel import Field, Session, SQLModel, create_engine

from benchmarks.children import running

_LISTENING = "listening at "
_BACKLOG = 512


class Standing(SQLModel, table=True):
    """A row about as wide as a status."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    state: str
    spend: str
    spend_limit: str
    checked_at: datetime


@contextmanager
def bare_route(folder: Path) -> Iterator[int]:
    """Serve one row from a database in a folder; give the port."""
    module = "benchmarks.bare_route"
    with running((sys.executable, "-m", module, str(folder / "bare.db"))) as child:
        yield int(child.line_with(_LISTENING))


def _app(file: str) -> FastAPI:
    engine = create_engine(
        f"sqlite:///{file}", connect_args={"check_same_thread": False}
    )
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(
            Standing(
                name="acme",
                state="ok",
                spend="2115.73",
                spend_limit="4000.00",
                checked_at=datetime(2026, 8, 28, 12, tzinfo=UTC),
            )
        )
        session.commit()
    # As the product has it: what FastAPI measures by itself would slow it down.
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})

    @app.get("/standing/{number}")
    def read_standing(number: int) -> Standing:
        with Session(engine) as session:
            found = session.get(Standing, number)
            if found is None:
                raise HTTPException(404)
            return found

    return app


def _serve(file: str) -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(_BACKLOG)
    config = uvicorn.Config(
        _app(file),
        http="httptools",
        loop="asyncio",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
    )
    print(f"{_LISTENING}{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    _serve(sys.argv[1])
