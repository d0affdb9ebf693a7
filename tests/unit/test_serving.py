"""The committed configurations of web servers say what the pages say, and real servers do what they say."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from pipeline import SITE
from pipeline.public.site import mkdocs_config, stylesheet

SERVING = SITE / "serving"
FOREVER = "public, max-age=31536000, immutable"
FILES = (
    "index.html", "404.html", "en/index.html", "en/404.html", "temas/index.html", "robots.txt", "assets/site.css", "assets/icon.svg",
    "datos/2025-T4/tables/t.csv", "datos/2025-T4/tables/t.xlsx", "datos/2025-T4/tables/t.parquet", "datos/2025-T4/codes/c.csv",
    "datos/2025-T4/catalogues/m.geojson", "datos/2025-T4/datapackage.json", "datos/2025-T4/release.json",
    "datos/2025-T4/audit.json", "datos/2025-T4/SHA256SUMS", "datos/2025-T4.1/tables/t.csv", "datos/2025-T4/catalog.jsonld",
    "datos/ultima/tables/t.csv", "datos/ultima/datapackage.json", "datos/atom.xml", "datos/calendario.ics",
)  # fmt: skip
KEPT = re.compile(
    r"/datos/\d[^/]*/((tables|codes|catalogues)/\w+\.(csv|geojson)|(datapackage|release|audit)\.json|SHA256SUMS)"
)
"""What is published, and not only derived, of an edition by its name."""


def policy() -> str:
    """What the pages allow, and what only a server can say: nobody shows them within a page of theirs."""
    base = (SITE / "overrides" / "base.html").read_text(encoding="utf-8")
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', base)
    assert found
    own = found[1].replace("{{ config.extra.theme_hash }}", stylesheet.integrity(mkdocs_config.THEME_SCRIPT))
    return f"{own}; frame-ancestors 'none'"


def promised(name: str) -> dict[str, str]:
    """Headers that a configuration sends with everything."""
    text = (SERVING / name).read_text(encoding="utf-8")
    if name == "nginx.conf":
        return dict(re.findall(r'add_header ([\w-]+) "([^"]*)" always;', text))
    if name == "Caddyfile":
        block = text.partition("\theader {\n")[2].partition("\n\t}")[0]
        return {
            key: value
            for key, value in re.findall(r'^\t\t([\w-]+) "([^"]*)"', block, re.MULTILINE)
            if key != "Cache-Control"
        }
    block = text.partition("\n/*\n")[2].partition("\n\n")[0]
    return dict(re.findall(r"^  ([\w-]+): (.*)$", block, re.MULTILINE))


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile", "_headers"])
def test_every_server_sends_what_the_pages_say(name: str) -> None:
    assert promised(name) == {
        "Content-Security-Policy": policy(),
        "Strict-Transport-Security": "max-age=63072000",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def lay(folder: Path) -> Path:
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"this is {name}", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("hidden")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(server: str, root: Path, work: Path) -> Iterator[int]:
    """The port at which a server serves `root` by its committed configuration, with no TLS; it must write no address down."""
    if shutil.which(server) is None:
        pytest.skip(f"{server} is not installed: its configuration is NOT tested here")
    port, plain = free_port(), free_port()
    work.mkdir()
    if server == "nginx":
        text = (SERVING / "nginx.conf").read_text(encoding="utf-8")
        text = re.sub(r"    ssl_\w+ .*\n", "", text).replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
        text = text.replace("listen 80;", f"listen 127.0.0.1:{plain};").replace("/srv/celosia/html", str(root))
        head = f"daemon off; worker_processes 1; user root; pid {work}/pid; error_log stderr info; events {{}}\n"
        places = "".join(
            f"{each}_temp_path {work}/{each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (work / "conf").write_text(f"{head}http {{\n{places}{text}\n}}\n", encoding="utf-8")
        order = ["nginx", "-e", "stderr", "-p", str(work), "-c", str(work / "conf")]
    else:
        text = (SERVING / "Caddyfile").read_text(encoding="utf-8").replace("/srv/celosia/html", str(root))
        text = text.replace("transparencia.ejemplo.gob.mx {", f"http://127.0.0.1:{port} {{").replace(
            "\tlog {", "\tadmin off\n\tlog {"
        )
        (work / "conf").write_text(text, encoding="utf-8")
        order = ["caddy", "run", "--config", str(work / "conf"), "--adapter", "caddyfile"]
    log = work / "log"
    with (
        log.open("w") as stream,
        subprocess.Popen(
            order, stdout=stream, stderr=stream, env={"HOME": str(work), "PATH": "/usr/bin:/usr/sbin"}
        ) as run,
    ):
        try:
            deadline = time.monotonic() + 20
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert run.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.05)
            yield port
        finally:
            run.terminate()
            run.wait(20)
    own = f"127.0.0.1:{port}"
    assert "127.0.0.1" not in log.read_text().replace(own, "").replace(f"127.0.0.1:{plain}", ""), (
        "somebody was written down"
    )


def asked(port: int, path: str, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer, answer.read()


@pytest.mark.parametrize("server", ["nginx", "caddy"])
def test_a_real_server_sends_every_header_with_every_page_and_writes_nobody_down(server: str, tmp_path: Path) -> None:
    root = lay(tmp_path / "html")
    name = {"nginx": "nginx.conf", "caddy": "Caddyfile"}[server]
    with served(server, root, tmp_path / "work") as port:
        for path in (
            *(f"/{each}" for each in FILES),
            "/",
            "/temas/",
            "/nada.html",
            "/en/nada.html",
            "/.git/config",
            "/datos/nada.csv",
            "/datos/2025-T4/tables/nada.csv",
        ):
            answer, body = asked(port, path)
            sent = {key.lower(): value for key, value in answer.getheaders()}
            for key, value in promised(name).items():
                assert sent.get(key.lower()) == value, (path, key)
            there = (root / path[1:]).is_file() and "/." not in path
            assert sent["cache-control"] == (FOREVER if there and KEPT.fullmatch(path) else "no-cache"), path
            assert sent.get("access-control-allow-origin") == ("*" if there and path.startswith("/datos/") else None), (
                path
            )
            assert not re.search(r"\d", sent.get("server", "")), path
            if there:
                assert (answer.status, body.decode()) == (200, f"this is {path[1:]}"), path
            elif path in ("/", "/temas/"):
                assert body.decode() == f"this is {path[1:]}index.html"
            else:
                assert (answer.status, body.decode()) == (
                    404,
                    f"this is {'en/' if path.startswith('/en/') else ''}404.html",
                ), path
        for path, kind in (
            ("/index.html", "text/html; charset=utf-8"), ("/datos/ultima/tables/t.csv", "text/csv; charset=utf-8"),
            ("/datos/2025-T4/tables/t.parquet", "application/vnd.apache.parquet"), ("/assets/icon.svg", "image/svg+xml"),
            ("/datos/2025-T4/catalog.jsonld", "application/ld+json"), ("/datos/2025-T4/SHA256SUMS", "text/plain; charset=utf-8"),
            ("/datos/2025-T4/catalogues/m.geojson", "application/geo+json"),
        ):  # fmt: skip
            answer, _ = asked(port, path)
            assert (answer.getheader("content-type") or "").removesuffix("; charset=utf-8") == kind.removesuffix(
                "; charset=utf-8"
            )
            assert ("charset" in kind) <= ("charset=utf-8" in (answer.getheader("content-type") or "")), path
        for method in ("POST", "PUT", "DELETE"):
            answer, body = asked(port, "/index.html", method)
            assert answer.status == 405, method
            assert b"this is index" not in body


def test_nginx_follows_no_link_out_of_the_site(tmp_path: Path) -> None:
    root = lay(tmp_path / "html")
    (tmp_path / "records.csv").write_text("secret")
    (root / "datos" / "linked.csv").symlink_to(tmp_path / "records.csv")
    with served("nginx", root, tmp_path / "work") as port:
        answer, body = asked(port, "/datos/linked.csv")
    assert answer.status in (403, 404)
    assert b"secret" not in body
