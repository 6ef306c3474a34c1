from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.queues import Valkey
from tests.soak import kills
from tests.soak.practice import Practice


def test_no_acknowledged_event_is_lost_when_the_web_is_killed(
    sqlite_engine: Engine, practice: Practice, tmp_path: Path
) -> None:
    tally = kills.storm(sqlite_engine, tmp_path, practice, kills=2, acknowledged=20, seed=1)
    assert tally.failures == []


@pytest.mark.postgres
def test_no_acknowledged_event_is_lost_when_web_or_worker_are_killed(
    postgres_engine: Engine, practice: Practice, valkey: Valkey, tmp_path: Path
) -> None:
    tally = kills.storm(
        postgres_engine,
        tmp_path,
        practice,
        kills=2,
        acknowledged=20,
        seed=1,
        redis_url=valkey.url,
    )
    assert tally.failures == []
