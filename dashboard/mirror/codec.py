"""Raw objects as zstd frames with a dictionary for each kind: a tenth of their JSON on disk.

A frame names its dictionary, so old rows stay readable when a kind gets a better one.
"""

from collections.abc import Sequence

import orjson
import zstandard
from sqlalchemy import Column, Connection, Integer, LargeBinary, String, Table, func, select

from dashboard.core import db
from dashboard.mirror.kinds.base import Raw

LEVEL = 3
DICTIONARY_BYTES = 32_768
ENOUGH_SAMPLES = 40

raw_dictionaries = Table(
    "raw_dictionaries",
    db.metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(64), nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
)


class Codec:
    """Compresses and expands raw objects; remembers the dictionaries of its database."""

    def __init__(self) -> None:
        self._compressors: dict[str, zstandard.ZstdCompressor] = {}
        self._decompressors: dict[int, zstandard.ZstdDecompressor] = {}
        self._plain = zstandard.ZstdCompressor(level=LEVEL)

    def compress(self, connection: Connection, kind: str, objects: Sequence[Raw]) -> list[bytes]:
        """Return a frame for each object; trains the kind's dictionary once it sees enough."""
        bodies = [orjson.dumps(item) for item in objects]
        compressor = self._compressors.get(kind) or self._compressor(connection, kind, bodies)
        return [compressor.compress(body) for body in bodies]

    def expand(self, connection: Connection, frame: bytes) -> bytes:
        """Return the JSON of a frame."""
        number = zstandard.get_frame_parameters(frame).dict_id
        decompressor = self._decompressors.get(number)
        if decompressor is None:
            decompressor = self._decompressors[number] = self._decompressor(connection, number)
        return decompressor.decompress(frame)

    def _compressor(
        self, connection: Connection, kind: str, bodies: list[bytes]
    ) -> zstandard.ZstdCompressor:
        content = connection.scalar(
            select(raw_dictionaries.c.content)
            .where(raw_dictionaries.c.kind == kind)
            .order_by(raw_dictionaries.c.id.desc())
            .limit(1)
        )
        if content is None:
            if len(bodies) < ENOUGH_SAMPLES:
                return self._plain
            content = _train(connection, kind, bodies)
        return self._remember(kind, content)

    def _remember(self, kind: str, content: bytes) -> zstandard.ZstdCompressor:
        dictionary = zstandard.ZstdCompressionDict(content)
        dictionary.precompute_compress(level=LEVEL)
        compressor = zstandard.ZstdCompressor(dict_data=dictionary)
        self._compressors[kind] = compressor
        return compressor

    def _decompressor(self, connection: Connection, number: int) -> zstandard.ZstdDecompressor:
        if not number:
            return zstandard.ZstdDecompressor()
        content = connection.scalar(
            select(raw_dictionaries.c.content).where(raw_dictionaries.c.id == number)
        )
        return zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(content or b""))


def _train(connection: Connection, kind: str, bodies: list[bytes]) -> bytes:
    """Train a dictionary and keep it in the same transaction as the rows that need it."""
    newest = connection.scalar(select(func.max(raw_dictionaries.c.id))) or 0
    samples: list[bytes | bytearray | memoryview] = [*bodies]
    dictionary = zstandard.train_dictionary(DICTIONARY_BYTES, samples, dict_id=newest + 1)
    content = dictionary.as_bytes()
    connection.execute(raw_dictionaries.insert().values(id=newest + 1, kind=kind, content=content))
    return content
