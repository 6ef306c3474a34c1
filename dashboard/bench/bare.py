"""What the web server and the database can do at most: two views with nothing around them."""

from typing import Any

import orjson
from flask import Flask, Response, request
from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, event

TABLE = "bench_deliveries"
PREFIX = "/bare"
NOTHING = f"{PREFIX}/nothing"
INSERT = f"{PREFIX}/insert"

metadata = MetaData()
deliveries = Table(
    TABLE,
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("body", Text, nullable=False),
)


def create_bare(url: str) -> Flask:
    """Return an application that answers, or keeps a row and answers, and does nothing else."""
    app = Flask("bare")
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)

    @app.post("/nothing")
    def nothing() -> Response:
        return Response()

    @app.post("/insert")
    def insert() -> Response:
        body = request.get_data()
        told = orjson.loads(body)
        with engine.begin() as db:
            values = {"event_id": told["id"], "type": told["type"], "body": body.decode()}
            db.execute(deliveries.insert().values(values))
        return Response()

    return app


def _prepare(connection: Any, _record: object) -> None:
    """Commit as the product does: without these a commit waits for the disk."""
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "busy_timeout = 15000"):
        connection.execute(f"PRAGMA {pragma}")
