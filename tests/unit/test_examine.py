"""The ground an installation stands on: what is set, and room on the disk."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from service.bootstrap.examine import (
    LEAST_FREE,
    examine_database,
    examine_settings,
    room_verdict,
)
from service.domain.diagnosis import Verdict
from service.domain.errors import StorageUnavailable
from service.settings import Settings
from service.storage import Database
from tests.databases import run_on_server


def test_what_is_set_is_told_and_never_its_value() -> None:
    found = list(
        examine_settings(Settings(audit_key=SecretStr("sg_test_audit_key_canary")))
    )

    assert [each.verdict for each in found] == [Verdict.FINE, Verdict.FINE]
    assert "sg_test" not in str(found)


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(LEAST_FREE, Verdict.FINE), (LEAST_FREE - 1, Verdict.FINDING)],
)
def test_a_disk_that_is_nearly_full_is_a_finding(free: int, verdict: Verdict) -> None:
    assert room_verdict(free) is verdict


def test_a_database_says_where_it_is_and_how_much_room_it_has(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/spendguard.db")
    database.upgrade()

    found = {each.check: each for each in examine_database(database)}
    database.close()

    assert list(found) == ["schema", "writable", "disk"]
    assert "MiB free" in found["disk"].said


@pytest.mark.postgresql
def test_a_server_that_takes_no_writes_is_a_finding(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    database.upgrade()
    database.close()
    url = make_url(postgresql_url)
    run_on_server(
        url, f'ALTER DATABASE "{url.database}" SET default_transaction_read_only = on'
    )
    database = Database(postgresql_url)

    found = {each.check: each for each in examine_database(database)}
    with pytest.raises(StorageUnavailable, match="takes no writes"):
        database.require_writable()
    database.close()

    assert list(found) == ["schema", "writable"]
    assert found["writable"].verdict is Verdict.FINDING
