"""Measures the first view of every kind of page on a slow phone: `make speed`, or
`python -m tests.browser.measure FOLDER [rounds]` for a site that is built.

400 kbps, 400 ms and a four times slower processor; prints medians as CSV: page, bytes over the wire (gzip), first
contentful paint and load in milliseconds. A benchmark, not a test: it says what it saw on this machine.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import statistics
import sys
import threading
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from pipeline import ROOT
from pipeline.institute.load import load
from tests.browser.conftest import FLAGS, Site, chromium


class _Gzip(http.server.SimpleHTTPRequestHandler):
    """Serves text as a web server does, compressed."""

    def log_message(self, *said: object) -> None: ...

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path.partition("?")[0]))
        if not path.is_file():
            self.send_error(404)
            return
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def measure(browser: Browser, url: str) -> tuple[int, float, float]:
    """Bytes, first contentful paint and load of one cold visit."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    speed = 400 * 1000 / 8
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": speed, "uploadThroughput": speed},
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(url, wait_until="load")
    page.wait_for_timeout(300)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    load = page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart")
    context.close()
    return int(sum(received)), float(paint), float(load)


def main(folder: Path, rounds: int) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Gzip, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    languages = tuple(load(ROOT / "institute").languages)
    sys.stdout.write("page,bytes,fcp_ms,load_ms\n")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for name in Site(folder, "", "", (), languages, frozenset()).kinds:
            seen = [measure(browser, f"http://127.0.0.1:{server.server_address[1]}/{name}") for _ in range(rounds)]
            size, paint, loaded = (statistics.median(column) for column in zip(*seen, strict=True))
            sys.stdout.write(f"{name},{size:.0f},{paint:.0f},{loaded:.0f}\n")
            sys.stdout.flush()
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
