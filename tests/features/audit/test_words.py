"""Every deed that the product notes has words of its own, and is among the filters."""

import ast
from pathlib import Path

from dashboard.features.audit.forms import DEEDS

ROOT = Path(__file__).parents[3] / "dashboard"


def test_every_deed_that_is_noted_has_words() -> None:
    noted = {deed for path in ROOT.rglob("*.py") for deed in _deeds(path)}
    assert len(noted) >= len(("session.started", "export.taken"))
    missing = sorted(noted - set(DEEDS))
    assert not missing, f"Say in dashboard/features/audit/forms.py what people call {missing}"


def _deeds(path: Path) -> list[str]:
    """Return the deeds that a module hands to ``audit.record`` as they stand."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        each.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "audit.record"
        for each in call.args
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
