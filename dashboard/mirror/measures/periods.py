"""Periods of local days, both ends inclusive, and the buckets of a chart."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dashboard.core.errors import BadInputError


class Bucket(StrEnum):
    """How wide a bar of a chart is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def of(self, day: date) -> date:
        """Return the first day of the bucket that contains ``day``; weeks begin on Monday."""
        match self:
            case Bucket.DAY:
                return day
            case Bucket.WEEK:
                return day - timedelta(days=day.weekday())
            case Bucket.MONTH:
                return day.replace(day=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from ``start`` to ``end``, both inclusive.

    Raises:
        BadInputError: it ends before it starts.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise BadInputError(
                f"{self.start} comes after the end, {self.end}.",
                field="start",
                remedy="Choose a start that is not after the end.",
            )

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    @property
    def before(self) -> "Period":
        """The period of the same length that ends the day before this one starts."""
        span = timedelta(days=self.days)
        return Period(self.start - span, self.end - span)

    def starts(self, bucket: Bucket) -> list[date]:
        """Return the first days of the buckets that it touches, oldest first."""
        every = (self.start + timedelta(days=number) for number in range(self.days))
        return list(dict.fromkeys(bucket.of(day) for day in every))
