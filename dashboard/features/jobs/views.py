"""``/jobs``: what waits, runs, failed and is done, and the button that tries again."""

from flask import Blueprint, Response, flash, url_for

from dashboard.core.config import JobsPlace
from dashboard.features.jobs import actions, queries
from dashboard.store import audit
from dashboard.web import access, context, htmx

pages = Blueprint("jobs", __name__, url_prefix="/jobs")

WITHOUT_WORKER = {
    JobsPlace.WORKER: "Start one with: flask --app wsgi worker",
    JobsPlace.WEB: "They run beside the pages; one starts with the next request.",
    JobsPlace.NOWHERE: "The setting JOBS is nowhere: set it to web or worker.",
}


@pages.get("")
def index() -> Response:
    """Show the jobs by how far they are, and when the schedules are due."""
    office = context.jobs()
    return htmx.render(
        "jobs/index.html",
        "jobs/_overview.html",
        overview=queries.overview(context.db(), office.schedules),
        without_worker=WITHOUT_WORKER[context.settings().jobs_run_in],
        may_retry=access.allows("jobs.retry"),
    )


@pages.post("/<int(max=2147483647):id>/retry")
def retry(id: int) -> Response:
    """Try a failed job again."""
    with context.writing() as db:
        actions.retry(context.jobs(), db, id)
        audit.record(db, access.actor(), "job.retried", subject=str(id))
    flash("The job is queued again.", "ok")
    return htmx.go(url_for("jobs.index"))
