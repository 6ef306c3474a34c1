"""Settings and commands are documented, or the build fails."""

from pathlib import Path

import click
import pytest

from dashboard.cli import GROUPS, Commands
from dashboard.core.config import Settings

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


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


def leaves(path: str, command: click.Command) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return [(path, command)]
    return [
        leaf for name, each in command.commands.items() for leaf in leaves(f"{path} {name}", each)
    ]


def options(command: click.Command) -> list[str]:
    return [each.opts[0] for each in command.params if isinstance(each, click.Option)]
