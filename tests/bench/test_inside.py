"""What runs on the desk: starting, scraping and timing, against a real program on the loopback."""

import socket
import sys
import time

import pytest

from bench import footprint, inside

ROWS = [["network.link", "network"], ["printer.status", "printer:front"]]
PAGE = """\
deskready_check_last_run_timestamp_seconds{check="network.link",device="network"} 1.5e+09
deskready_check_last_run_timestamp_seconds{check="printer.status",device="printer:other"} 7.0
"""
SERVER = """
import http.server, sys, time
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"page")
time.sleep(0.3)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def started(port, tmp_path):
    argv = [sys.executable, "-c", SERVER, str(port)]
    started = inside.start(argv, {}, str(tmp_path / "log"), port)
    yield started
    if started["pid"] in inside.children:
        inside.stop(started["pid"])


def test_a_start_is_timed_until_the_page_is_there(started):
    assert started["took_s"] > 0.3
    assert abs(started["at_s"] - time.time()) < 20


def test_a_program_that_ends_has_not_started(port, tmp_path):
    started = inside.start([sys.executable, "-c", "raise SystemExit(3)"], {}, str(tmp_path / "log"), port)
    assert started["took_s"] is None
    assert inside.stop(started["pid"]) == {"status": 3}


@pytest.mark.usefixtures("started")
def test_scrapes_are_counted_and_timed(port):
    answer = inside.scrape(port, 5)
    assert len(answer["took_ms"]) == 5
    assert min(answer["took_ms"]) > 0
    assert answer["bytes"] > len(b"page")


def test_a_stopped_program_is_gone(started):
    assert inside.stop(started["pid"])["status"] != 0
    assert footprint.read(started["pid"]).rss_kib == 0


def test_a_command_is_run_to_its_end():
    done = inside.wall([sys.executable, "-c", "print('x'); raise SystemExit(2)"], {})
    assert (done["status"], done["stdout"]) == (2, "x\n")
    assert done["took_s"] > 0


def test_a_row_that_the_page_does_not_name_has_not_run():
    assert inside.last_runs(PAGE, ROWS) == [1.5e9, 0.0]
