"""Reports, and the files that hold them."""

from __future__ import annotations

from dashboard.sandbox.engine import Engine
from dashboard.sandbox.errors import missing_object
from dashboard.sandbox.operations.operation import deed, operation
from dashboard.sandbox.params import Params
from dashboard.sandbox.shapes import Json, build, list_object

_RUN = "reporting.report_run"
_TYPES = {
    "balance.summary.1": "Balance summary",
    "balance_change_from_activity.itemized.3": "Itemized balance change from activity",
    "ending_balance_reconciliation.itemized.4": "Itemized ending balance reconciliation",
    "payout_reconciliation.itemized.5": "Itemized payout reconciliation",
    "payouts.itemized.3": "Itemized payouts",
}
_COLUMNS = ["reporting_category", "currency", "gross", "fee", "net"]
_CREATE = (
    "parameters(columns:words connected_account currency interval_end:integer"
    " interval_start:integer payout reporting_category timezone) report_type!"
)


@operation("GET", "/v1/reporting/report_types", "reporting.report_type")
def list_report_types(engine: Engine, params: Params) -> Json:  # noqa: ARG001
    """Show which reports there are."""
    return list_object("/v1/reporting/report_types", [_type(engine, name) for name in _TYPES])


@operation("GET", "/v1/reporting/report_types/{report_type}", "reporting.report_type")
def retrieve_report_type(engine: Engine, params: Params, report_type: str) -> Json:  # noqa: ARG001
    """Show one kind of report."""
    if report_type not in _TYPES:
        raise missing_object("reporting.report_type", report_type)
    return _type(engine, report_type)


@operation("POST", "/v1/reporting/report_runs", _RUN, _CREATE)
def create_report_run(engine: Engine, params: Params) -> Json:
    """Ask for a report; it is there a second later, as a file without rows."""
    kind = params.needed_text("report_type")
    if kind not in _TYPES:
        raise missing_object("reporting.report_type", kind, "report_type", status=400)
    given = params.values.get("parameters") or {}
    run = engine.put(engine.make(_RUN, parameters=given, report_type=kind))
    engine.later(engine.today + 1, end_report_run, run["id"])
    return run


@deed
def end_report_run(engine: Engine, identity: str) -> None:
    """Put the report into a file."""
    run = engine.find(_RUN, identity)
    file = engine.make(
        "file",
        filename=f"{identity}.csv",
        purpose="finance_report_run",
        size=len(",".join(_COLUMNS)),
        title=f"FileUpload {identity}",
        type="csv",
    )
    file["url"] = f"https://files.stripe.com/v1/files/{file['id']}/contents"
    engine.put(file)
    done = {"result": file, "status": "succeeded", "succeeded_at": engine.now}
    engine.change(run, "reporting.report_run.succeeded", done)


def _type(engine: Engine, name: str) -> Json:
    day = engine.today - engine.today % 86_400
    return build(
        "reporting.report_type",
        id=name,
        data_available_end=day,
        data_available_start=day - 730 * 86_400,
        default_columns=_COLUMNS,
        name=_TYPES[name],
        updated=day,
        version=int(name.rpartition(".")[2]),
    )
