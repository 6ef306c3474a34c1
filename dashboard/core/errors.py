"""Refusals that we expect: each has a status, a code and a sentence that says what to do."""

from dataclasses import dataclass

ENDS = (".", "!", "?", "…", ":")


def with_remedy(message: str, remedy: str | None) -> str:
    """Return what is wrong and, where it is known, what to do next, a sentence each."""
    if not remedy:
        return message
    stop = "" if message.rstrip('”")').endswith(ENDS) else "."
    return f"{message}{stop} {remedy}"


@dataclass(eq=False)
class DashboardError(Exception):
    """A refusal that a person can act on, in HTML, JSON and on the terminal.

    ``field`` names the input at fault where there is one, ``remedy`` says what to do next.
    """

    message: str
    field: str | None = None
    remedy: str | None = None

    status = 500
    code = "internal_error"

    @property
    def fault(self) -> str:
        """What is wrong, and where."""
        return f"{self.field}: {self.message}" if self.field else self.message

    def __str__(self) -> str:
        """Return the whole sentence: field, message and remedy."""
        return with_remedy(self.fault, self.remedy)


class BadInputError(DashboardError):
    """What was sent cannot be understood."""

    status = 400
    code = "bad_input"


class NotSignedInError(DashboardError):
    """Nobody is signed in, or the session has ended."""

    status = 401
    code = "not_signed_in"


class NotConfirmedError(DashboardError):
    """The user proved too long ago to be themselves for what they want to do."""

    status = 401
    code = "not_confirmed"


class SecondFactorMissingError(DashboardError):
    """The user must set up a second factor before anything else."""

    status = 401
    code = "second_factor_missing"


class ForbiddenError(DashboardError):
    """The signed-in user's role does not allow this."""

    status = 403
    code = "forbidden"


class NotFoundError(DashboardError):
    """There is no such object in the book that is open."""

    status = 404
    code = "not_found"


class ConflictError(DashboardError):
    """The state of things does not allow this now."""

    status = 409
    code = "conflict"


@dataclass(eq=False)
class TooManyRequestsError(DashboardError):
    """Too many tries in too short a time; the next one counts ``retry_after`` seconds from now."""

    retry_after: int = 0

    status = 429
    code = "too_many_requests"


class UnavailableError(DashboardError):
    """Something that we depend on does not answer."""

    status = 503
    code = "unavailable"


class SettingsError(DashboardError):
    """A setting is missing or cannot be understood; ``field`` names it."""

    status = 500
    code = "bad_settings"
