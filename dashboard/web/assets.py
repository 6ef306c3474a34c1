"""Static files: each URL carries the file's checksum, so that browsers may keep it for ever."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask

TAG_DIGITS = 12


def register(app: Flask) -> None:
    """Add ``?v=…`` to the URLs of our own static files; vendored ones are versioned by folder."""
    root = Path(app.static_folder or "")

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        name = values.get("filename", "")
        if endpoint == "static" and not name.startswith("vendor/"):
            version = _version(root / name)
            if version:
                values["v"] = version


def _version(path: Path) -> str:
    """Return a tag of the file's content, or nothing where there is no such file."""
    try:
        return _tag(path, path.stat().st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=256)
def _tag(path: Path, _changed_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:TAG_DIGITS]
