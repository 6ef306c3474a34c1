"""``flask db``: the tables of a database, and how their next step is written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_migration_is_numbered_after_the_last_and_holds_only_what_has_changed(
    tmp_path: Path,
) -> None:
    shutil.copytree(ROOT / "dashboard", tmp_path / "dashboard")
    shutil.copy(ROOT / "wsgi.py", tmp_path)
    versions = tmp_path / "dashboard" / "migrations" / "versions"
    before = {path.name for path in versions.glob("*.py")}
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/test.sqlite"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "write-migration"]
    subprocess.run(
        [*command, "Keep nothing new"], cwd=tmp_path, env=environment, check=True, timeout=120
    )
    (written,) = (path for path in versions.glob("*.py") if path.name not in before)
    assert written.name == f"{int(max(before)[:4]) + 1:04d}_keep_nothing_new.py"
    assert "op.create" not in written.read_text(encoding="utf-8")
