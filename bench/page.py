"""A campaign page against nginx with gzip_static serving the same bytes: one core each for server and load, in turn."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from app.cli import LAUNCHER
from app.tools.house import House, free_port
from app.tools.visitor import Visitor

ROUNDS, SECONDS, CLIENTS = 5, 4, 64
PATH = "/en/c/restaurant-work-norway"


def run() -> dict[str, Any]:
    missing = [name for name in ("nginx", "wrk", "taskset") if shutil.which(name) is None]
    if missing:
        return {"skipped": f"needs {', '.join(missing)}: apt-get install nginx-light wrk util-linux"}
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        house = House(["taskset", "-c", "0", *LAUNCHER], Path(name) / "house")
        (Path(name) / "house").mkdir(exist_ok=True)
        house.start("--no-worker")
        nginx = _Nginx(Path(name), Visitor(house.base).get(PATH).text)
        try:
            ours, theirs = [], []
            for _ in range(ROUNDS):
                ours.append(_load(f"{house.base}{PATH}"))
                theirs.append(_load(f"{nginx.base}/page.html"))
        finally:
            nginx.stop()
            house.stop()
    html = len(gzip.compress(nginx.html.encode(), 9))
    css = len(gzip.compress((Path(__file__).parent.parent / "static" / "site.css").read_bytes(), 9))
    ratios = [one / two for one, two in zip(ours, theirs, strict=True)]
    return {
        "ours_per_s": round(statistics.median(ours)),
        "nginx_per_s": round(statistics.median(theirs)),
        "ratio": round(statistics.median(ratios), 3),
        "goal_ratio": 0.40,
        "html_gzip_bytes": html,
        "css_gzip_bytes": css,
        "goal_bytes": 14 * 1024,
        "rounds": ROUNDS,
    }


def _load(url: str) -> float:
    """Requests a second, from a client on the other core."""
    core = "1" if (os.cpu_count() or 1) > 1 else "0"
    command = ["taskset", "-c", core, "wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", "-H", "Accept-Encoding: gzip", url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in out, out
    match = re.search(r"Requests/sec:\s+([\d.]+)", out)
    assert match, out
    return float(match[1])


class _Nginx:
    """nginx with one worker, on core 0, serving one page from a gzip file made before."""

    def __init__(self, folder: Path, html: str) -> None:
        self.html = html
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        root = folder / "nginx"
        root.mkdir()
        folder.chmod(0o755)
        (root / "page.html").write_text(html)
        (root / "page.html.gz").write_bytes(gzip.compress(html.encode(), 9))
        config = root / "nginx.conf"
        config.write_text(
            f"""daemon off; worker_processes 1; pid {root}/pid; error_log stderr crit; user root;
            events {{ worker_connections 1024; }}
            http {{ access_log off; sendfile on; open_file_cache max=100; types {{ text/html html; }}
              client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f;
              uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
              keepalive_requests 1000000000;
              server {{ listen 127.0.0.1:{port}; root {root}; gzip_static on; }} }}"""
        )
        self._process = subprocess.Popen(
            ["taskset", "-c", "0", "nginx", "-p", str(root), "-c", str(config)], stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                Visitor(self.base).get("/page.html")
                break
            except OSError:
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
