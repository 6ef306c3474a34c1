"""Raw objects come back as they were, and take a fraction of their room."""

from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, func, select

from dashboard.core import db
from dashboard.mirror import codec as codecs
from dashboard.mirror.codec import ENOUGH_SAMPLES, Codec, raw_dictionaries


def objects(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"ch_{number:024d}",
            "object": "charge",
            "amount": number * 7919,
            "billing_details": {"email": f"person{number}@example.com", "address": {"city": None}},
            "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
            "metadata": {"order": str(number * 31)},
        }
        for number in range(count)
    ]


def test_objects_come_back_as_they_were_in_a_quarter_of_their_room(engine: Engine) -> None:
    some = objects(500)
    with db.writing(engine) as connection:
        frames = Codec().compress(connection, "charge", some)
    with db.reading(engine) as connection:
        reader = Codec()
        assert [orjson.loads(reader.expand(connection, frame)) for frame in frames] == some
    assert sum(map(len, frames)) < len(orjson.dumps(some)) / 4


def test_few_objects_need_no_dictionary(engine: Engine) -> None:
    few = objects(ENOUGH_SAMPLES - 1)
    with db.writing(engine) as connection:
        frames = Codec().compress(connection, "charge", few)
        assert connection.scalar(select(func.count()).select_from(raw_dictionaries)) == 0
        assert [orjson.loads(Codec().expand(connection, frame)) for frame in frames] == few


def test_a_dictionary_whose_transaction_was_undone_is_not_used_again(engine: Engine) -> None:
    codec, some = Codec(), objects(100)
    with engine.connect().execution_options(**{db.WRITING: True}) as connection:
        codec.compress(connection, "charge", some)
        connection.rollback()
    with db.writing(engine) as connection:
        frames = codec.compress(connection, "charge", some)
    with db.reading(engine) as connection:
        assert orjson.loads(Codec().expand(connection, frames[0])) == some[0]


def test_a_frame_without_its_dictionary_is_an_error(sqlite_engine: Engine) -> None:
    with db.writing(sqlite_engine) as connection:
        (frame, *_) = Codec().compress(connection, "charge", objects(100))
        connection.execute(raw_dictionaries.delete())
        with pytest.raises(LookupError):
            Codec().expand(connection, frame)


def test_every_connection_of_a_thread_shares_its_codec(sqlite_engine: Engine) -> None:
    with db.reading(sqlite_engine) as one, db.reading(sqlite_engine) as other:
        assert codecs.of(one) is codecs.of(other)
