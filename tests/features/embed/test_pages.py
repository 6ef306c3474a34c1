"""Pages in the frame: framed by the portal alone, and no link of theirs leaves the frame."""

import re
from urllib.parse import urljoin, urlsplit

from flask import Flask

from dashboard.web.embedding import KEPT_OUT, SHOWN
from tests.clients import CheckedClient
from tests.features.embed.conftest import OURS, Frame
from tests.features.make import Maker
from tests.portals import OTHER_PORTAL, PORTAL

ADDRESS = re.compile(
    r"\s(?:href|src|action|formaction|hx-(?:get|post|put|delete|push-url)|data-[a-z-]*(?:src|url|view))"
    r'="([^"]*)"'
)
MOST_PAGES = 80


def test_every_room_is_either_shown_in_a_frame_or_kept_out(app: Flask) -> None:
    rooms = {rule.endpoint.partition(".")[0] for rule in app.url_map.iter_rules()}
    assert not SHOWN & KEPT_OUT
    assert rooms <= SHOWN | KEPT_OUT, "Decide in web/embedding.py whether a frame shows them."


def test_only_the_portal_frames_us_and_only_there(mia: Frame, ann: CheckedClient) -> None:
    ours = f"frame-ancestors {PORTAL} {OTHER_PORTAL}"
    for path in ("/", "/payments", "/none", "/login", "/static/css/base.css", "/arrive"):
        policy = mia.get(path).headers["Content-Security-Policy"]
        assert policy.endswith(ours)
        assert policy.count("frame-ancestors") == 1
    for path in ("/", "/payments", "/none", "/login", "/embedded", "/static/css/base.css"):
        policy = ann.get(path).headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors 'none'")
    assert "X-Frame-Options" not in mia.get("/").headers


def test_a_portal_that_isolates_itself_can_frame_us(mia: Frame) -> None:
    framed = mia.get("/payments", headers={"Sec-Fetch-Dest": "iframe"}).headers
    assert framed["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert framed["Cross-Origin-Resource-Policy"] == "cross-origin"
    image = mia.get("/payments", headers={"Sec-Fetch-Dest": "image"}).headers
    assert image["Cross-Origin-Resource-Policy"] == "same-origin"


def test_theme_and_portal_stand_on_the_page(frame: Frame) -> None:
    frame.launch(theme="dark")
    page = frame.get("/payments").text
    assert 'data-bs-theme="dark" data-theme-fixed' in page
    assert f'data-portals="{PORTAL}"' in page
    assert "js/embed.js" in page
    assert 'class="side"' not in page


def test_a_page_of_our_own_knows_of_no_portal(ann: CheckedClient) -> None:
    page = ann.get("/").text
    assert "embed" not in page
    assert 'class="side"' in page


def test_a_detail_beside_its_list_leads_to_its_page_in_the_frame(mia: Frame, make: Maker) -> None:
    id = make.payment()
    beside = {"HX-Request": "true", "HX-Request-Type": "partial"}
    part = mia.get(f"/payments/{id}", headers=beside).text
    links = re.findall(r'href="(/[^"]*)"', part)
    assert f"/embed/payments/{id}" in links
    assert all(each.startswith("/embed/") and "/embed/embed" not in each for each in links)


def test_no_link_leaves_the_frame(mia: Frame, make: Maker) -> None:
    make.payment(status="failed")
    make.payment()
    waiting, left = ["/embed/", "/embed/none"], []
    seen: set[str] = set()
    while waiting and len(seen) < MOST_PAGES:
        url = waiting.pop(0)
        seen.add(url)
        response = mia.client.get(url, base_url=OURS)
        if response.status_code == 303:
            found = [response.location]
        elif response.mimetype == "text/html":
            found = [each.replace("&amp;", "&") for each in ADDRESS.findall(response.text)]
            assert not re.search(r'target="_(top|parent)"', response.text), url
        else:
            continue
        for each in found:
            target = urlsplit(urljoin(f"{OURS}{url}", each))
            if target.scheme in ("data", "mailto") or each.startswith("#"):
                continue
            path = target._replace(scheme="", netloc="", fragment="").geturl()
            is_inside = re.match("/embed/(?!embed/)", target.path)
            if target.netloc != "dash.test" or not is_inside:
                left.append(f"{each} at {url}")
            elif path not in seen and path not in waiting and "/static/" not in path:
                waiting.append(path)
    assert not left
    assert len(seen) > 20
