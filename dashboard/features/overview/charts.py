"""The revenue chart as a plain Plotly spec; colours belong to the page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import orjson

from dashboard.core.money import decimal_string
from dashboard.mirror.measures.flow import Volume

SERIES: tuple[tuple[str, str, Callable[[Volume], int]], ...] = (
    ("gross", "Gross", lambda flow: flow.gross),
    ("refunds", "Refunds", lambda flow: flow.refunds),
    ("fees", "Fees", lambda flow: flow.fees),
    ("net", "Net", lambda flow: flow.net),
)
FILLED = "gross"
MILLISECOND = timedelta(milliseconds=1)


def revenue_chart(flows: Mapping[date, Volume], currency: str, *, unfinished: bool) -> bytes:
    """Return the spec of four lines as JSON; where the last bar is ``unfinished`` it is dashed.

    ``flows`` is in minor units; the axis is in major units, written as exact decimals.
    """
    days = list(flows)
    traces = [
        trace
        for role, name, figure in SERIES
        for trace in _line(
            role, name, days, _major(flows.values(), figure, currency), unfinished=unfinished
        )
    ]
    amounts = {"title": {"text": currency.upper()}, "rangemode": "tozero"}
    layout = {"yaxis": amounts, "xaxis": {"type": "date"}}
    return orjson.dumps({"data": traces, "layout": layout})


def _major(flows: Any, figure: Callable[[Volume], int], currency: str) -> list[orjson.Fragment]:
    return [orjson.Fragment(decimal_string(figure(flow), currency)) for flow in flows]


def _line(
    role: str, name: str, days: Sequence[date], values: Sequence[Any], *, unfinished: bool
) -> list[dict[str, Any]]:
    """Return the finished part of a line, and the dashed way to the bar that still grows."""
    line = {"type": "scatter", "mode": "lines", "name": name}
    done = len(days) - 1 if unfinished else len(days)
    meta = {"role": role, "fill": role == FILLED}
    whole = {**line, **_places(days[:done]), "y": values[:done], "meta": meta}
    if not unfinished:
        return [whole]
    style = {"meta": {"role": role}, "line": {"dash": "dot"}, "showlegend": done == 0}
    return [whole, {**line, **_places(days[-2:]), "y": values[-2:], **style}]


def _places(days: Sequence[date]) -> dict[str, Any]:
    """Return where values stand: the first day and the step, where all steps are alike."""
    steps = {later - earlier for earlier, later in pairwise(days)}
    if len(steps) != 1:
        return {"x": [day.isoformat() for day in days]}
    return {"x0": days[0].isoformat(), "dx": steps.pop() // MILLISECOND}
