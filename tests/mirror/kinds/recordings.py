"""Every object of a mirrored kind in the reference material beside the project, however deep."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dashboard.mirror.registry import KINDS

STRIPE = Path(__file__).resolve().parents[4] / "shared" / "stripe"
FIXTURES = STRIPE / "fixtures3.json"
RECORDED = STRIPE / "recorded"

Json = dict[str, Any]


def mirrored() -> Iterator[Json]:
    """Yield each object of a mirrored kind once for each distinct content."""
    seen = set()
    for value in _contents():
        for found in _walk(value):
            text = json.dumps(found, sort_keys=True)
            if text not in seen:
                seen.add(text)
                yield found


def _contents() -> Iterator[Any]:
    yield json.loads(FIXTURES.read_text())
    for path in sorted(RECORDED.rglob("*.json")):
        yield json.loads(path.read_text())
    for path in sorted(RECORDED.rglob("*.jsonl")):
        for line in path.read_text().splitlines():
            yield json.loads(line)


def _walk(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if str(value.get("object")) in KINDS:
            yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)
