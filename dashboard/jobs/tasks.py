"""What the application says of its jobs: which tasks there are, when they are due, at what pace."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

Task: TypeAlias = Callable[..., object]
"""Called with the engine, the settings and, by name, the arguments of the job.

It gets ``book`` where the job has one. It may be run again after it was interrupted, so running it
twice must do no harm.
"""

Tasks: TypeAlias = Mapping[str, Task]


def lazily(path: str) -> Task:
    """Return the task ``module:function``, whose module is imported when it is first run.

    So a process that only serves pages does without what its jobs need.
    """

    def task(*arguments: Any, **named: Any) -> object:
        module, _, function = path.partition(":")
        return getattr(import_module(module), function)(*arguments, **named)

    return task


@dataclass(frozen=True, slots=True)
class Schedule:
    """A task that is queued once in each span of ``every_seconds``, by whichever worker is first.

    With ``per_book`` it is queued for each connected account; with 0 seconds never. A ``bell``
    leaves no job behind: every worker just rings it.
    """

    task: str
    every_seconds: int
    per_book: bool = False
    bell: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things happen, in seconds; tests are in more of a hurry than we are."""

    tick: float = 1.0
    """Between two looks at what is due."""
    beat: float = 5.0
    """Between two signs of life."""
    silent: int = 30
    """After so long without one a worker counts as dead."""
    lost: int = 10
    """A job that waits longer although the queue is empty was lost by it."""
    ring: float = 0.05
    """Bells that ring within this time ring once."""
    patience: float = 8.0
    """What a worker that is told to stop gives its jobs to come to an end."""
    pauses: tuple[int, ...] = (10, 60, 300, 1_800)
    """Before a failed job is tried again; after the last it is given up."""
