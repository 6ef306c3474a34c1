"""The second look: a difference counts only when Stripe says the same of its object once more."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from dashboard.gateway.errors import AbsentError, UnwelcomeError
from dashboard.gateway.reads import Json, Reads
from dashboard.mirror import rows
from dashboard.mirror.apply import object_id
from dashboard.mirror.codec import Codec
from dashboard.mirror.kinds.base import Kind
from dashboard.mirror.reconcile.comparing import Finding, compare, is_newer
from dashboard.mirror.registry import KINDS
from dashboard.mirror.sync.expansions import retrieve_params
from dashboard.mirror.sync.fetch import complete, read
from dashboard.store.books import Book
from dashboard.store.differences import Difference, What
from dashboard.store.sync_runs import Window

AT_ONCE = 8
FEW = 4
"""More doubtful objects than these are cheaper to read as the page that they came in."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the page of ``window`` as of ``as_of`` (UTC seconds) makes look different."""

    window: Window
    as_of: int
    findings: Sequence[Finding]

    @property
    def extra(self) -> list[Finding]:
        """What the list does not show; what no longer rides in others is theirs to tell."""
        return [
            each
            for each in self.findings
            if each.difference.what is What.EXTRA and each.difference.kind == self.window.kind
        ]

    @property
    def owners(self) -> list[str]:
        """The objects of the page that are to be asked for once more."""
        passed_over = {id(each) for each in self.extra}
        told = [each.owner for each in self.findings if id(each) not in passed_over]
        return list(dict.fromkeys(told))

    def confirmed(self, found: Iterable["Standing"]) -> Iterator["Standing"]:
        """Yield what stands of rows that are still what they were.

        A row that has changed since the first look is being kept up; the next comparison tells.
        """
        before = {one.row for one in self.findings}
        for each in found:
            if same := [one for one in each.findings if one.row in before]:
                yield replace(each, findings=same)


@dataclass(frozen=True, slots=True)
class Told:
    """What Stripe said of one object at the second look; ``raw`` is none where it is gone."""

    kind: str
    id: str
    raw: Json | None
    as_of: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An object whose differences stand, with what Stripe says of it."""

    told: Told
    findings: Sequence[Finding] = field(default=())


def ask_again(reads: Reads, doubt: Doubt) -> list[Told]:
    """Return what Stripe says now of the doubtful objects of a page.

    Raises:
        GatewayError: Stripe does not say.
    """
    kind = KINDS[doubt.window.kind]
    owners = doubt.owners
    known = _page(reads, doubt.window, owners) if kind.single or len(owners) > FEW else {}
    alone = [name for name in owners if name not in known]
    alone += [each.owner for each in doubt.extra]
    with ThreadPoolExecutor(AT_ONCE, "second-look") as pool:
        told = pool.map(lambda name: _alone(reads, kind, name, doubt.as_of), alone)
        return [*known.values(), *told]


def standing(db: Connection, book: Book, told: Iterable[Told], codec: Codec) -> Iterator[Standing]:
    """Yield the objects whose rows differ from what Stripe says now and hold no newer news."""
    for each in told:
        kind = KINDS[each.kind]
        if each.raw is None:
            findings = list(_alive(db, book, kind, each.id))
        else:
            findings = compare(db, book, kind, [each.raw], codec)
        if left := [one for one in findings if not is_newer(one, each.as_of)]:
            yield Standing(each, left)


def _page(reads: Reads, window: Window, names: Sequence[str]) -> dict[str, Told]:
    """Read the page once more; what it does not show now is asked for alone."""
    kind, page = KINDS[window.kind], read(reads, window)
    told = {str(object_id(kind, raw)): raw for raw in page.data}
    return {name: Told(kind.name, name, told[name], page.as_of) for name in names if name in told}


def _alone(reads: Reads, kind: Kind, name: str, as_of: int) -> Told:
    """Ask for one object; that it is gone is news of ``as_of``, when the list showed it no more."""
    try:
        told = _retrieve(reads, kind, name)
    except AbsentError:
        return Told(kind.name, name, None, as_of)
    is_gone = told.raw is not None and told.raw.get("deleted") is True
    return replace(told, raw=None) if is_gone else told


def _retrieve(reads: Reads, kind: Kind, name: str) -> Told:
    path = f"{kind.path}/{name}"
    try:
        told = reads.retrieve(path, retrieve_params(kind))
    except UnwelcomeError:
        told = reads.retrieve(path)
    complete(reads, kind, told.body)
    return Told(kind.name, name, told.body, told.as_of)


def _alive(db: Connection, book: Book, kind: Kind, name: str) -> Iterator[Finding]:
    row = rows.by_id(db, book, kind.table, [name]).get(name)
    if row is not None and not row["deleted"]:
        yield Finding(Difference(kind.name, name, What.EXTRA), name, int(row["seen_at"]))
