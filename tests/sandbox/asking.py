"""Plain HTTP questions to a practice Stripe."""

from typing import Any

import requests

KEY = "sk_test_practice"


class Asker:
    """Asks one server with one connection; answers are decoded JSON."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def get(self, path: str, *, key: str = KEY, **headers: str) -> Any:
        """Return the body of a GET that must succeed."""
        response = self.send("GET", path, None, key=key, **headers)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        """Return the body of a POST that must succeed."""
        response = self.send("POST", path, body, **headers)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(
        self,
        path: str,
        status: int,
        *,
        method: str = "GET",
        body: dict[str, Any] | None = None,
        key: str = KEY,
        **headers: str,
    ) -> Any:
        """Return the error of a request that must be refused with this status."""
        response = self.send(method, path, body, key=key, **headers)
        assert response.status_code == status, response.text
        return response.json()["error"]

    def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        key: str = KEY,
        **headers: str,
    ) -> requests.Response:
        """Send a request; header names are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        return self.session.request(method, self.url + path, data=body, headers=sent, timeout=10)

    def pages(self, path: str, limit: int = 100, **headers: str) -> list[Any]:
        """Return every object of a list, page by page."""
        found: list[Any] = []
        joint = "&" if "?" in path else "?"
        while True:
            after = f"&starting_after={found[-1]['id']}" if found else ""
            page = self.get(f"{path}{joint}limit={limit}{after}", **headers)
            found += page["data"]
            if not page["has_more"]:
                return found
