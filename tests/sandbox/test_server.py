"""The HTTP beneath: connections kept alive, gzip, HEAD."""

import http.client
import time

from dashboard.sandbox.server import RunningServer
from tests.sandbox.asking import Asker


def test_one_connection_serves_many_requests(sandbox: RunningServer) -> None:
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"))
    connection.connect()
    ours = connection.sock.getsockname()
    for _ in range(3):
        connection.request("GET", "/v1/balance", headers={"Authorization": "Bearer sk_test_a"})
        connection.getresponse().read()
        assert connection.sock.getsockname() == ours
    connection.close()


def test_bodies_are_zipped_only_when_asked(ask: Asker) -> None:
    plain = ask.send("GET", "/v1/charges", Accept_Encoding="identity")
    zipped = ask.send("GET", "/v1/charges", Accept_Encoding="gzip")
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.json() == plain.json()


def test_pages_of_a_hundred_charges_come_fast(sandbox: RunningServer) -> None:
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"))
    headers = {"Authorization": "Bearer sk_test_a"}
    began = time.process_time()
    for _ in range(50):
        connection.request("GET", "/v1/charges?limit=100", headers=headers)
        connection.getresponse().read()
    connection.close()
    assert time.process_time() - began < 50 / 150
