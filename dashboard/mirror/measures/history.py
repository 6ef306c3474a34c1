"""How one subscription's MRR went: from what we know of it to dated steps, purely.

What Stripe never told us (its events reach back about 30 days) is rebuilt from the oldest object
that we know, and marked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dashboard.mirror.measures.mrr import COUNTING, DEFAULT, Rules, monthly_minor
from dashboard.mirror.measures.terms import Discount, Terms


class Cause(StrEnum):
    """Why MRR changed."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    SEEN = "seen"
    REBUILT = "rebuilt"
    CLOCK = "clock"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Version:
    """The terms that we know a subscription to have from ``known_at`` on (UTC seconds).

    The cause is ``created``, ``updated`` or ``deleted`` for an event, ``seen`` for an object that
    we read without one.
    """

    known_at: int
    cause: Cause
    terms: Terms


@dataclass(frozen=True, slots=True)
class Step:
    """A change of one subscription's MRR in minor units, from ``effective_at`` on.

    An ``approximate`` one was rebuilt; we know for sure only since ``known_at``.
    """

    effective_at: int
    known_at: int
    before_minor: int
    after_minor: int
    cause: Cause
    approximate: bool


@dataclass(frozen=True, slots=True)
class _Segment:
    start: int
    version: Version
    approximate: bool = False


def steps(versions: Sequence[Version], rules: Rules = DEFAULT) -> list[Step]:
    """Return every change of MRR that ``versions``, oldest first, tell of, also those to come.

    Ends of discounts and of pauses happen by the clock, without news; they are told ahead of time.
    """
    found: list[Step] = []
    amount, paused = 0, False
    for at, cause, segment in _moments(_segments(versions)):
        terms = segment.version.terms
        after, is_paused = monthly_minor(terms, at, rules), _is_paused(terms, at)
        if after != amount:
            why = Cause.PAUSE if is_paused != paused else cause
            known_at = segment.version.known_at if segment.approximate else at
            found.append(Step(at, known_at, amount, after, why, segment.approximate))
        amount, paused = after, is_paused
    return found


def _is_paused(terms: Terms, at: int) -> bool:
    return terms.paused and (terms.resumes_at is None or at < terms.resumes_at)


def _segments(versions: Sequence[Version]) -> list[_Segment]:
    known = [_Segment(v.known_at, v, v.cause is Cause.SEEN) for v in versions]
    if not versions or any(version.cause is Cause.CREATED for version in versions):
        return known
    return [*_before(versions[0]), *known]


def _before(oldest: Version) -> Iterator[_Segment]:
    """Rebuild what came before the oldest thing we know: a trial, then active until it was not."""
    terms = oldest.terms
    start = terms.trial_end or terms.start
    stop = _stopped_at(oldest)
    if stop is None or start >= oldest.known_at:
        return
    if start < stop:
        cancels = terms.canceled_at is not None
        ran = replace(terms, status="active", paused=False, cancels=cancels)
        yield _Segment(start, Version(oldest.known_at, Cause.REBUILT, ran), approximate=True)
    if start <= stop < oldest.known_at:
        rebuilt = Version(oldest.known_at, Cause.REBUILT, terms)
        yield _Segment(stop, rebuilt, approximate=True)


def _stopped_at(oldest: Version) -> int | None:
    """Return when it ceased to run undisturbed; ``None`` when it never ran."""
    terms = oldest.terms
    if terms.status in COUNTING:
        return terms.period_start if terms.paused else oldest.known_at
    if terms.status == "canceled":
        return terms.ended_at or terms.canceled_at or oldest.known_at
    return terms.period_start if terms.status in ("unpaid", "paused") else None


def _moments(segments: Sequence[_Segment]) -> Iterator[tuple[int, Cause, _Segment]]:
    """Yield each moment at which MRR may change: the news, and the clock's until the next news.

    Of several pieces of news of one second the last holds.
    """
    for index, segment in enumerate(segments):
        until = segments[index + 1].start if index + 1 < len(segments) else None
        if until is not None and until <= segment.start:
            continue
        yield segment.start, segment.version.cause, segment
        for moment in sorted(set(_by_the_clock(segment.version.terms))):
            if segment.start < moment and (until is None or moment < until):
                yield moment, Cause.CLOCK, segment


def _by_the_clock(terms: Terms) -> Iterator[int]:
    for moment in (terms.resumes_at, terms.canceled_at, terms.ended_at):
        if moment is not None:
            yield moment
    for discount in _all_discounts(terms):
        yield discount.start
        if discount.end is not None:
            yield discount.end


def _all_discounts(terms: Terms) -> Iterator[Discount]:
    for item in terms.items:
        yield from item.discounts
    yield from terms.discounts
    yield from terms.customer_discounts
