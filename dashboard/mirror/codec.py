"""Raw objects as zstd frames with a dictionary for each kind: a tenth of their JSON on disk.

A frame names its dictionary, so old rows stay readable when a kind gets a better one.
"""

from collections.abc import Sequence
from threading import local
from weakref import WeakKeyDictionary

import orjson
import zstandard
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    String,
    Table,
    event,
    func,
    select,
    text,
)

from dashboard.core import db as database
from dashboard.mirror.kinds.base import Raw

LEVEL = 3
DICTIONARY_BYTES = 32_768
ENOUGH_SAMPLES = 40
TRAINING = -1
"""PostgreSQL's advisory lock for training, beside those of books: one dictionary at a time."""

raw_dictionaries = Table(
    "raw_dictionaries",
    database.metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(64), nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
)


class Codec:
    """Compresses and expands raw objects; remembers the dictionaries of its database.

    For one thread: zstd contexts must not be shared by two.
    """

    def __init__(self) -> None:
        self._compressors: dict[str, zstandard.ZstdCompressor] = {}
        self._decompressors: dict[int, zstandard.ZstdDecompressor] = {}
        self._plain = zstandard.ZstdCompressor(level=LEVEL)

    def compress(self, db: Connection, kind: str, objects: Sequence[Raw]) -> list[bytes]:
        """Return a frame for each object; trains the kind's dictionary once it sees enough."""
        bodies = [orjson.dumps(item) for item in objects]
        compressor = self._compressors.get(kind) or self._compressor(db, kind, bodies)
        return [compressor.compress(body) for body in bodies]

    def expand(self, db: Connection, frame: bytes) -> bytes:
        """Return the JSON of a frame.

        Raises:
            LookupError: the database lacks the dictionary that the frame names.
        """
        number = zstandard.get_frame_parameters(frame).dict_id
        decompressor = self._decompressors.get(number)
        if decompressor is None:
            decompressor = self._decompressors[number] = _decompressor(db, number)
        return decompressor.decompress(frame)

    def _compressor(
        self, db: Connection, kind: str, bodies: list[bytes]
    ) -> zstandard.ZstdCompressor:
        content = _newest(db, kind)
        if content is None and len(bodies) >= ENOUGH_SAMPLES:
            content = _train(db, kind, bodies)
            event.listen(db, "rollback", self._forget)
        if content is None:
            return self._plain
        dictionary = zstandard.ZstdCompressionDict(content)
        dictionary.precompute_compress(level=LEVEL)
        compressor = zstandard.ZstdCompressor(dict_data=dictionary)
        self._compressors[kind] = compressor
        return compressor

    def _forget(self, _connection: Connection) -> None:
        """Never compress with a dictionary whose transaction was undone."""
        self._compressors.clear()
        self._decompressors.clear()


class _Codecs(local):
    """The codecs of one thread, by database."""

    def __init__(self) -> None:
        self.by_engine: WeakKeyDictionary[Engine, Codec] = WeakKeyDictionary()


_codecs = _Codecs()


def of(db: Connection) -> Codec:
    """Return this thread's codec for the database of ``db``."""
    return _codecs.by_engine.setdefault(db.engine, Codec())


def _newest(db: Connection, kind: str) -> bytes | None:
    query = select(raw_dictionaries.c.content).where(raw_dictionaries.c.kind == kind)
    return db.scalar(query.order_by(raw_dictionaries.c.id.desc()).limit(1))


def _decompressor(db: Connection, number: int) -> zstandard.ZstdDecompressor:
    if not number:
        return zstandard.ZstdDecompressor()
    content = db.scalar(select(raw_dictionaries.c.content).where(raw_dictionaries.c.id == number))
    if content is None:
        raise LookupError(f"There is no dictionary {number}.")
    return zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(content))


def _train(db: Connection, kind: str, bodies: list[bytes]) -> bytes:
    """Train a dictionary and keep it in the same transaction as the rows that need it.

    Another writer may just have done so.
    """
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": TRAINING})
        if (content := _newest(db, kind)) is not None:
            return content
    newest = db.scalar(select(func.max(raw_dictionaries.c.id))) or 0
    samples: list[bytes | bytearray | memoryview] = [*bodies]
    dictionary = zstandard.train_dictionary(DICTIONARY_BYTES, samples, dict_id=newest + 1)
    content = dictionary.as_bytes()
    db.execute(raw_dictionaries.insert().values(id=newest + 1, kind=kind, content=content))
    return content
