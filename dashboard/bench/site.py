"""The site that gunicorn serves for the bench: the product, and one page that shows nothing."""

from flask import render_template

from dashboard.bench.serving import EMPTY_PATH
from dashboard.store.users import Role
from dashboard.web.access import LEAST_ROLE
from wsgi import app

LEAST_ROLE["empty"] = Role.VIEWER


@app.get(EMPTY_PATH, endpoint="empty")
def empty() -> str:
    """Render the layout of every page around no data: what a page costs before it does a thing."""
    return render_template("layouts/page.html")
