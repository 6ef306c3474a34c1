"""What the product weighs: on disk, in a web worker, and in a browser."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from dashboard.bench.figures import Figure
from dashboard.bench.mirrors import KEPT, Mirror
from dashboard.bench.serving import ROOT
from dashboard.core import db as database
from dashboard.mirror.codec import Codec
from dashboard.mirror.registry import KINDS

SAMPLED = 2_000
MIB = 1_024 * 1_024
WORKER = """
import json, resource, sys, time
began = time.process_time()
import wsgi
print(json.dumps({
    "milliseconds": (time.process_time() - began) * 1_000,
    "kibibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    "plotly": "plotly" in sys.modules,
}))
"""
SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}
SCRIPT_URL = re.compile(r"""url_for\(["']static["'], filename=["']([^"']+\.js)["']\)""")
IMPORT = re.compile(r"""(?:from|import)\s*\(?["'](\.[^"']+\.js)["']""")


def measure(mirror: Mirror) -> Iterator[Figure]:
    """Yield what the database takes on disk as a share of the JSON that it holds."""
    with database.reading(mirror.engine) as db:
        bytes_on_disk = db.scalar(text(SIZES[mirror.database])) or 0
        weights = [_weigh(db, mirror, name) for name in sorted(KEPT)]
    objects, as_json, compressed = (sum(column) for column in zip(*weights, strict=True))
    yield Figure("objects", objects, "objects", mirror.database)
    yield Figure("disk_bytes", round(bytes_on_disk / objects), "bytes/object", mirror.database)
    yield Figure("disk", round(bytes_on_disk / as_json, 3), "of the JSON", mirror.database)
    yield Figure("disk_raw", round(compressed / as_json, 3), "of the JSON", mirror.database)


def _weigh(db: Connection, mirror: Mirror, kind: str) -> tuple[int, float, float]:
    """Return how many objects there are, and how much they weigh as JSON and compressed."""
    table, codec = KINDS[kind].table, Codec()
    of_book = table.c.book_id == mirror.book.id
    count = db.scalar(select(func.count()).where(of_book)) or 0
    frames = db.scalars(select(table.c.raw).where(of_book).limit(SAMPLED)).all()
    if not frames:
        return 0, 0, 0
    share = count / len(frames)
    as_json = sum(len(codec.expand(db, frame)) for frame in frames)
    return count, as_json * share, sum(map(len, frames)) * share


def of_product() -> Iterator[Figure]:
    """Yield what a web worker and a page without charts cost, whatever the database."""
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", WORKER],
        cwd=ROOT,
        env={**os.environ, "ENVIRONMENT": "development"},
        check=True,
        stdout=subprocess.PIPE,
    )
    told = json.loads(ran.stdout)
    yield Figure("worker_import", round(told["milliseconds"]), "ms of CPU")
    yield Figure("worker_memory", round(told["kibibytes"] * 1_024 / MIB, 1), "MB")
    yield Figure("worker_plotly", int(told["plotly"]), "imported")
    yield Figure("javascript", round(_javascript() / 1_000, 1), "KB gzipped")


def _javascript() -> int:
    """Return the gzipped bytes of the scripts of every page, with what they import."""
    head = (ROOT / "templates" / "layouts" / "_head.html").read_text(encoding="utf-8")
    static = ROOT / "static"
    wanted = [static / name for name in SCRIPT_URL.findall(head)]
    found: dict[Path, bytes] = {}
    while wanted:
        file = wanted.pop().resolve()
        if file not in found:
            found[file] = file.read_bytes()
            wanted += [file.parent / name for name in IMPORT.findall(found[file].decode())]
    return sum(len(gzip.compress(body)) for body in found.values())
