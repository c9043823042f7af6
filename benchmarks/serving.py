"""`python -m benchmarks.serving`: requests for a feed per CPU second, beside nginx serving the same bytes.

Needs the Debian packages nginx and wrk.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.measure import ROOT, cpu_seconds, ours, peak_mb, require, table
from benchmarks.origin import origin

PATH = "/feeds/all.atom"
NGINX = """
worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; {user}
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; types {{ application/atom+xml atom; }}
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; gzip_static on; open_file_cache max=100; }}
}}
"""


def main() -> None:
    """Ask both for the same feed in three ways."""
    parser = argparse.ArgumentParser(description="A feed over HTTP on loopback: Khronika's web process beside nginx.")
    parser.add_argument("--seconds", type=int, default=4, help="seconds of load for each figure")
    given = parser.parse_args()
    for tool in ("nginx", "wrk"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is not installed")
    with tempfile.TemporaryDirectory(prefix="serving-benchmark-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _fill(folder / "data")
        with _khronika(folder / "data") as (address, web):
            plain, _ = _get(address + PATH)
            zipped, _ = _get(address + PATH, "gzip")
            require(gzip.decompress(zipped), plain, "the coded feed")
            files = folder / "files" / "feeds"
            files.mkdir(parents=True)
            (files / "all.atom").write_bytes(plain)
            (files / "all.atom.gz").write_bytes(zipped)
            with _nginx(folder) as (other, nginx):
                require(_get(other + PATH)[0], plain, "nginx's bytes")
                require(_get(other + PATH, "gzip")[0], zipped, "nginx's coded bytes")
                rows: list[tuple[object, ...]] = []
                for what in ("plain", "gzip", "304"):
                    theirs = _load(other + PATH, what, nginx, given.seconds)
                    our = _load(address + PATH, what, web, given.seconds)
                    rows.append((f"{what}, nginx", *theirs, 1.0))
                    rows.append((f"{what}, Khronika", *our, our[2] / theirs[2]))
                print(f"peak MB: nginx {peak_mb(nginx):.0f}, Khronika {peak_mb(web):.0f}")
    head = ("", "requests", "CPU s", "requests per CPU s", "ratio")
    table(f"a feed of {len(plain) // 1000} kB ({len(zipped) // 1000} kB coded), {given.seconds} s each", head, rows)


def _fill(data: Path) -> None:
    """Have Khronika poll three feeds, so that there are statements to serve."""
    with origin(3) as server:
        sources = [
            {"id": f"feed-{number}", "title": f"Feed {number}", "family": "feed", "start": address, "languages": ["en"]}
            for number, address in enumerate(server.addresses("entries", 3, 20))
        ]
        found = ours({"sources": sources, "rounds": 1, "settings": {"data_dir": str(data)}})["rounds"][0]
    require(found["documents"], 60, "documents to serve")


@contextmanager
def _khronika(data: Path) -> Iterator[tuple[str, psutil.Process]]:
    port = free_port()
    command = [str(Path(sys.executable).parent / "khronika"), "web", "--port", str(port)]
    environment = os.environ | {"KHRONIKA_DATA_DIR": str(data), "KHRONIKA_LOG_LEVEL": "WARNING"}
    with running(command, port, environment) as process:
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def _nginx(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    port = free_port()
    configuration = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(NGINX.format(folder=folder, port=port, user=user))
    nginx = shutil.which("nginx") or "nginx"
    with running([nginx, "-p", str(folder), "-c", str(configuration)], port, dict(os.environ)) as process:
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[psutil.Process]:
    """Run a server until the end of the block; it has to listen within 30 s."""
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 30
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{command[0]} does not listen")
            time.sleep(0.05)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
        return port


def _get(address: str, coding: str = "identity") -> tuple[bytes, str]:
    request = urllib.request.Request(address, headers={"Accept-Encoding": coding})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read(), answer.headers["ETag"]


def _load(address: str, what: str, server: psutil.Process, seconds: int) -> tuple[int, float, float]:
    """Return requests, CPU seconds of the server and requests per CPU second."""
    fields = {"Accept-Encoding": "gzip" if what == "gzip" else "identity"}
    if what == "304":
        fields["If-None-Match"] = _get(address)[1]
        try:
            urllib.request.urlopen(urllib.request.Request(address, headers=fields), timeout=30)
            sys.exit("no 304 where one was wanted")
        except urllib.error.HTTPError as answer:
            require(answer.code, 304, "the answer to a condition")
    given = [part for name, value in fields.items() for part in ("-H", f"{name}: {value}")]
    before = cpu_seconds(server)
    done = subprocess.run(
        ["wrk", "-t1", "-c32", f"-d{seconds}s", *given, address], capture_output=True, text=True, check=True, timeout=60
    )
    cpu = cpu_seconds(server) - before
    found = re.search(r"(\d+) requests in", done.stdout)
    if found is None or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        sys.exit(f"the load did not run clean:\n{done.stdout}")
    return int(found[1]), cpu, int(found[1]) / cpu


if __name__ == "__main__":
    main()
