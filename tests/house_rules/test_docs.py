"""What there is, is documented; what the documents name is there; or the build fails."""

import re
from pathlib import Path

import click
import pytest

from dashboard.cli import GROUPS, Commands
from dashboard.core.config import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name.upper()}`" in SETTINGS, f"Describe {name.upper()} in docs/settings.md"


def test_every_setting_is_in_the_example_file() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    missing = [name.upper() for name in Settings.model_fields if name.upper() not in example]
    assert not missing, f"Add them to .env.example, commented out: {missing}"


def test_every_command_and_option_is_documented() -> None:
    context = click.Context(click.Group("flask"))
    group = Commands("dashboard")
    for name in GROUPS:
        command = group.get_command(context, name)
        assert command is not None, f"dashboard/cli has no module for {name}"
        for path, each in leaves(name, command):
            assert f"`{path}" in COMMANDS, f"Describe `{path}` in docs/commands.md"
            for option in options(each):
                assert option in COMMANDS, f"Describe {option} of `{path}` in docs/commands.md"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    broken = [link for link in links if not (document.parent / link).exists()]
    assert not broken, f"{document.relative_to(ROOT)} leads to files that are not there: {broken}"


def test_the_image_is_made_of_files_that_are_there() -> None:
    recipe = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (\S+) ", recipe, re.MULTILINE)
    missing = [name for name in copied if not (ROOT / name).exists()]
    assert copied
    assert not missing, f"deploy/Dockerfile copies what is not there: {missing}"


def test_compose_sets_no_setting_that_does_not_exist() -> None:
    compose = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    named = set(re.findall(r"^ +([A-Z][A-Z_]+): ", compose, re.MULTILINE))
    ours = {name for name in named if not name.startswith("POSTGRES_")}
    known = {name.upper() for name in Settings.model_fields}
    assert ours
    assert ours <= known, f"deploy/compose.yaml sets what nobody reads: {ours - known}"


def leaves(path: str, command: click.Command) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return [(path, command)]
    return [
        leaf for name, each in command.commands.items() for leaf in leaves(f"{path} {name}", each)
    ]


def options(command: click.Command) -> list[str]:
    return [each.opts[0] for each in command.params if isinstance(each, click.Option)]
