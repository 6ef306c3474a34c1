"""The charts of the deliveries as plain Plotly specs; colours belong to the page."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from dashboard.features.webhooks.metrics import SLOW, USUAL, Day

Trace = dict[str, Any]
ROOM_PERCENT = 1
"""How far below the lowest value the axis of percent begins, so that a fall can be seen."""


def success_chart(days: Sequence[Day], threshold: float) -> str:
    """Return the spec of how many percent were handled each day, beside the threshold."""
    shares = [day.success for day in days]
    lowest = min([Decimal(str(threshold)), *(share for share in shares if share is not None)])
    floor = max(0, int(lowest) - ROOM_PERCENT)
    axis = {"ticksuffix": " %", "range": [floor, 100 + (100 - floor) / 20]}
    traces = [
        _line(days, [_number(share) for share in shares], "Handled", "series-1"),
        _limit(days, threshold, "Threshold"),
    ]
    return _spec(traces, axis)


def time_chart(days: Sequence[Day], threshold_ms: int) -> str:
    """Return the spec of how long handling took each day, in milliseconds, beside the threshold."""
    traces = [
        _line(days, [day.within_ms(SLOW) for day in days], "95 of 100", "series-2"),
        _line(days, [day.within_ms(USUAL) for day in days], "Half", "series-1"),
        _limit(days, threshold_ms, "Threshold"),
    ]
    return _spec(traces, {"ticksuffix": " ms", "rangemode": "tozero"})


def _number(share: Decimal | None) -> orjson.Fragment | None:
    return None if share is None else orjson.Fragment(str(share))


def _line(days: Sequence[Day], values: Sequence[Any], name: str, role: str) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [day.day.isoformat() for day in days],
        "y": values,
        "marker": {"size": 5},
        "cliponaxis": False,
        "meta": {"role": role},
    }


def _limit(days: Sequence[Day], value: float, name: str) -> Trace:
    line = _line(days, [value] * len(days), name, "prior")
    return {**line, "mode": "lines", "line": {"dash": "dash", "width": 1}, "hoverinfo": "skip"}


def _spec(traces: Sequence[Trace], axis: Trace) -> str:
    layout = {"yaxis": axis, "xaxis": {"type": "date"}}
    return orjson.dumps({"data": traces, "layout": layout}).decode()
