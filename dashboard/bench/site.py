"""The site that gunicorn serves for the bench: the product, an empty page, and bare views."""

from flask import render_template
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from dashboard.bench import bare
from dashboard.bench.serving import EMPTY_PATH
from dashboard.store.roles import Permission
from dashboard.web import context
from dashboard.web.access import NEEDS
from wsgi import app

NEEDS["empty"] = Permission.READ


@app.get(EMPTY_PATH, endpoint="empty")
def empty() -> str:
    """Render the layout of every page around no data: what a page costs before it does a thing."""
    return render_template("layouts/page.html")


with app.app_context():
    without_product = bare.create_bare(context.settings().database_url)
app.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign]
    app.wsgi_app, {bare.PREFIX: without_product}
)
