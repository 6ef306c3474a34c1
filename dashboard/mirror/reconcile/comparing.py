"""What differs between objects as Stripe tells them and our rows of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import orjson
from sqlalchemy import Connection, select

from dashboard.core import clock
from dashboard.mirror import rows
from dashboard.mirror.apply import object_id
from dashboard.mirror.codec import Codec
from dashboard.mirror.kinds.base import Kind, Part, Raw, Row
from dashboard.mirror.kinds.read import moment
from dashboard.mirror.registry import KINDS
from dashboard.store.books import Book
from dashboard.store.differences import Difference, What

UNTOLD: Mapping[str, frozenset[str]] = {
    "balance_transaction": frozenset(("status",)),
    "charge": frozenset(("receipt_url",)),
    "customer": frozenset(("next_invoice_sequence",)),
    "event": frozenset(("pending_webhooks",)),
    "invoice": frozenset(("hosted_invoice_url", "invoice_pdf")),
}
"""Fields whose change Stripe tells nobody: they pass with time, or are made anew for each answer.

When a transaction becomes available, ``available_on`` says from the first.
"""

MOMENTARY = frozenset(("balance",))
"""Kinds that change with every payment: only that there is one is compared, and its sums."""

MOST_FIELDS = 8

AHEAD_SECONDS = 60
"""A row that is seen further in the future than clocks differ is not news but a mistake."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference of the object ``owner``, or of what rides in it.

    ``known_at`` is the moment of the news that our row holds, 0 where there is none; ``raw`` is the
    object in it, compressed, where two looks must tell one row from another.
    """

    difference: Difference
    owner: str
    known_at: int = 0
    raw: bytes = b""

    @property
    def row(self) -> tuple[str, str, int, bytes]:
        """What tells the row, and the news that it holds, from any other."""
        return self.difference.kind, self.difference.id, self.known_at, self.raw


@cache
def riding(kind: str) -> tuple[str, ...]:
    """Return the kinds that ride in this one and are listed nowhere else."""
    return tuple(name for name in KINDS[kind].embeds if KINDS[name].path is None)


def parts_of(kind: Kind, raw: Raw) -> Iterator[Part]:
    """Yield what rides in an object and is listed nowhere else."""
    if kind.parts is not None and (names := riding(kind.name)):
        yield from (part for part in kind.parts(raw) if part.kind in names)


def compare(
    db: Connection, book: Book, kind: Kind, objects: Sequence[Raw], codec: Codec
) -> list[Finding]:
    """Return what is missing and stale among ``objects`` and all that rides in them."""
    told = [(Part(kind.name, raw, {}), str(object_id(kind, raw))) for raw in objects]
    found = rows.whole_by_id(db, book, kind.table, [name for _part, name in told])
    findings = list(_differing(db, kind, told, found, codec))
    for name in riding(kind.name):
        findings += _riding(db, book, kind, KINDS[name], objects, codec)
    return findings


def is_newer(finding: Finding, as_of: int) -> bool:
    """Say whether our row holds newer news than an answer as of ``as_of`` (UTC seconds)."""
    return as_of < finding.known_at <= clock.seconds() + AHEAD_SECONDS


def _differing(
    db: Connection,
    kind: Kind,
    told: Iterable[tuple[Part, str]],
    found: Mapping[str, Row],
    codec: Codec,
) -> Iterator[Finding]:
    for part, owner in told:
        name = str(object_id(kind, part.raw))
        row = found.get(name)
        if row is None:
            yield Finding(Difference(kind.name, name, What.MISSING), owner)
        elif kind.name not in MOMENTARY and (fields := _fields(db, kind, part, row, codec)):
            difference = Difference(kind.name, name, What.STALE, fields)
            yield Finding(difference, owner, int(row["seen_at"]), bytes(row["raw"]))


def _fields(db: Connection, kind: Kind, part: Part, row: Row, codec: Codec) -> tuple[str, ...]:
    """Return the fields, of Stripe's or of our columns, in which a row is not what Stripe tells."""
    different: list[str] = []
    kept = codec.expand(db, row["raw"])
    if kept != orjson.dumps(part.raw):
        different += _raw_fields(kind, orjson.loads(kept), part.raw)
    columns = kind.project(part.raw) | part.row
    columns.setdefault("created_at", moment(part.raw.get("created")) or row["created_at"])
    columns["deleted"] = False
    different += [name for name, value in columns.items() if row[name] != value]
    return tuple(dict.fromkeys(different))[:MOST_FIELDS]


def _raw_fields(kind: Kind, kept: Raw, told: Raw) -> list[str]:
    """Return the fields that differ; what rides inside is compared with rows of its own."""
    nothing = object()
    passed_over = UNTOLD.get(kind.name, frozenset()) | {*kind.embeds.values()}
    return [
        name
        for name in {**told, **kept}
        if name not in passed_over and kept.get(name, nothing) != told.get(name, nothing)
    ]


def _riding(
    db: Connection, book: Book, kind: Kind, part_kind: Kind, owners: Sequence[Raw], codec: Codec
) -> Iterator[Finding]:
    """Yield what differs of the parts of ``owners``, and what these no longer carry."""
    told = [
        (part, str(object_id(kind, owner)))
        for owner in owners
        for part in parts_of(kind, owner)
        if part.kind == part_kind.name and object_id(part_kind, part.raw)
    ]
    names = [str(part.raw["id"]) for part, _owner in told]
    found = rows.whole_by_id(db, book, part_kind.table, names)
    yield from _differing(db, part_kind, told, found, codec)
    field = kind.embeds[part_kind.name]
    whole = [str(object_id(kind, owner)) for owner in owners if _is_told_to_its_end(owner, field)]
    yield from _no_longer_carried(db, book, part_kind, whole, {*names})


def _no_longer_carried(
    db: Connection, book: Book, kind: Kind, owners: Sequence[str], carried: set[str]
) -> Iterator[Finding]:
    table = kind.table
    owner = table.c[kind.part_of or "id"]
    query = select(table.c.id, owner, table.c.seen_at).where(
        table.c.book_id == book.id,
        rows.among(db, owner, owners),
        table.c.deleted.is_(False),
    )
    for name, owner_id, seen_at in db.execute(query) if owners else ():
        if name not in carried:
            yield Finding(Difference(kind.name, name, What.EXTRA), owner_id, seen_at)


def _is_told_to_its_end(owner: Raw, field: str) -> bool:
    told = owner.get(field)
    return isinstance(told, Mapping) and told.get("has_more") is False
