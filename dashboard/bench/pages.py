"""Pages as a browser gets them, signed in, from the real server."""

import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from dashboard.bench import samples
from dashboard.bench.figures import Figure
from dashboard.bench.mirrors import Mirror
from dashboard.bench.samples import Samples
from dashboard.bench.serving import EMPTY_PATH, Browser, Site, serving
from dashboard.bench.timing import Deed, side_by_side

WITH_P99 = ("empty_view", "payments_first_page")
KIB = 1_024
MIB = 1_024 * KIB


def measure(mirror: Mirror, rounds: int) -> Iterator[Figure]:
    """Yield the times of pages against the empty view, then the speed and memory of an export."""
    found = samples.take(mirror)
    with serving(mirror) as site:
        browser = site.browser()
        deeds = {name: _asking(browser, urls) for name, urls in _pages(found).items()}
        for name, times in side_by_side(deeds, rounds).items():
            yield from times.figures(name, mirror.database, with_p99=name in WITH_P99)
        browser.close()
        yield from _export(site, mirror, found)


def _asking(browser: Browser, urls: Sequence[str]) -> Deed:
    """Return what asks for one of ``urls`` after the other."""
    turn = count()
    # A search for an id is answered with the way to its object.
    return lambda: browser.get(urls[next(turn) % len(urls)], 303)


def _pages(found: Samples) -> dict[str, Sequence[str]]:
    today, first = found.export_to, found.export_from
    buyers = found.buyers
    return {
        "empty_view": [EMPTY_PATH],
        "payments_first_page": ["/payments"],
        "payments_deep_page": [_payments(cursor=found.middle.encode())],
        "payments_by_status": [_payments(status="failed")],
        "payments_by_method": [_payments(method="sepa_debit")],
        "payments_by_currency": [_payments(currency="eur")],
        "payments_by_last4": [_payments(last4=each.last4 or "") for each in buyers],
        "payments_by_amount": [_payments(amount_min="100", amount_max="200", currency="usd")],
        "payments_by_customer": [_payments(customer=each.id) for each in buyers],
        "payments_by_created": [_payments(created_from=str(first), created_to=str(today))],
        "payments_by_two": [_payments(status="refunded", currency="gbp")],
        "payments_search_email": [_payments(q=each.email) for each in buyers],
        "payments_search_last4": [_payments(q=each.last4 or "") for each in buyers],
        "payments_search_id": [_payments(q=each.payment_id) for each in buyers],
        "overview": ["/"],
        "balance": ["/balance"],
        "revenue_json": ["/revenue.json?by=day"],
    }


def _payments(**asked: str) -> str:
    return f"/payments?{urlencode(asked)}"


def _export(site: Site, mirror: Mirror, found: Samples) -> Iterator[Figure]:
    days = {"created_from": str(found.export_from), "created_to": str(found.export_to)}
    path = f"/payments/export.csv?{urlencode(days)}"
    before = [_memory(worker, "VmRSS") for worker in site.workers()]
    browser = site.browser()
    began = time.perf_counter()
    rows = browser.get(path).count(b"\n") - 1
    seconds = time.perf_counter() - began
    browser.close()
    after = [_memory(worker, "VmHWM") for worker in site.workers()]
    grown = max(late - early for late, early in zip(after, before, strict=True))
    yield Figure("exported", rows, "rows", mirror.database)
    yield Figure("export", round(rows / seconds), "rows/s", mirror.database)
    yield Figure("export_memory", round(grown / MIB, 1), "MB", mirror.database)


def _memory(process_id: int, which: str) -> int:
    """Return bytes: ``VmRSS`` is what a process holds, ``VmHWM`` the most that it ever held."""
    lines = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * KIB for line in lines if line.startswith(f"{which}:"))
