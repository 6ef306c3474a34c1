"""Shapes of what is billed by use."""

from __future__ import annotations

from dashboard.sandbox.shapes.shape import Shape

METER = Shape(
    name="billing.meter",
    prefix="mtr_test_",
    path="/v1/billing/meters",
    needed="display_name event_name updated",
    nulls="event_time_window",
    defaults={
        "customer_mapping": {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        "default_aggregation": {"formula": "sum"},
        "status": "active",
        "status_transitions": {"deactivated_at": None},
        "value_settings": {"event_payload_key": "value"},
    },
    filters="status",
    choices={"status": "active inactive"},
    has_metadata=False,
)

SHAPES = (METER,)
