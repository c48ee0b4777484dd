#!/usr/bin/env python3
"""What it costs to pull many series from a real Prometheus each tick.

  prometheus_pull.py NOVASCALE PLUGIN_DIR [SERIES] [TICKS]

Debian's prometheus scrapes SERIES (5000) series of one metric from this process; novascale runs for TICKS (12)
ticks of 5 s with a signal for each, four a group, first as one query told apart by labels, then as SERIES queries.
Prints for both: requests a tick (as Prometheus counts them), real time of a tick (median), CPU time a tick and the
most memory of novascale. Ends what it started, by its process id; exit 77 where prometheus is not installed.
"""
import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

STEP = 5  # seconds


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def config(folder, prometheus, port, series, one_query):
    signals = [{"name": f"s{i}", "source": "prom", "per_machine": 10,
                **({"query": "load", "labels": {"i": f"unit-{i}"}} if one_query
                   else {"query": f'load{{i="unit-{i}"}}'})} for i in range(series)]
    groups = [{"id": f"g{g}", "controller": "fleet", "min": 1, "max": 100, "signals": signals[g:g + 4],
               "policies": [{"type": "target_tracking", "signal": s["name"]} for s in signals[g:g + 4]]}
              for g in range(0, series, 4)]
    path = folder / f"config-{one_query}.json"
    path.write_text(json.dumps({
        "host": {"step": f"{STEP}s", "data_dir": str(folder / f"var-{one_query}"), "http": f"127.0.0.1:{port}"},
        "plugins": [{"name": "prom", "component": "org.novacron.metrics.prometheus", "call_timeout": "60s",
                     "config": {"url": prometheus, "step": f"{STEP}s"}},
                    {"name": "fleet", "component": "org.novacron.controller.simulated"}],
        "groups": groups}))
    return path


def requests_so_far(prometheus):
    text = fetch(prometheus + "/metrics")
    found = re.findall(r'prometheus_http_requests_total\{code="200",handler="/api/v1/query(?:_range)?"\} (\S+)', text)
    return sum(map(float, found))


def measure(novascale, plugins, path, prometheus, port, ticks):
    before = requests_so_far(prometheus)
    run = subprocess.Popen([novascale, "--plugin-dir", plugins, "--config", path, "--log-level", "error", "run"],
                           stdout=subprocess.DEVNULL)
    took, seen, cpu = [], 0, 0.0
    try:
        until = time.time() + (ticks + 3) * STEP * 4
        while len(took) < ticks and time.time() < until and run.poll() is None:
            time.sleep(0.5)
            try:
                text = fetch(f"http://127.0.0.1:{port}/metrics")
            except OSError:
                continue
            count = re.search(r"^novascale_ticks_total (\S+)", text, re.M)
            if count and float(count[1]) > seen:
                seen = float(count[1])
                took.append(float(re.search(r"^novascale_tick_seconds (\S+)", text, re.M)[1]))
    finally:
        run.terminate()
        _, _, usage = os.wait4(run.pid, 0)
        cpu = usage.ru_utime + usage.ru_stime
    asked = requests_so_far(prometheus) - before
    print(f"  {asked / max(1, seen):8.0f} requests a tick  {statistics.median(took[1:]):6.2f} s a tick  "
          f"{cpu / max(1, seen):5.2f} s CPU a tick  {usage.ru_maxrss / 1024:6.0f} MB  ({seen:.0f} ticks)")


def main():
    novascale, plugins = map(os.path.abspath, sys.argv[1:3])
    series = int(sys.argv[3]) if len(sys.argv) > 3 else 5000
    ticks = int(sys.argv[4]) if len(sys.argv) > 4 else 12
    if not shutil.which("prometheus"):
        return 77

    class Load(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            now = time.time()
            body = "# TYPE load gauge\n" + "".join(
                f'load{{i="unit-{i}"}} {100 + (i * 7 + now) % 50:.3f}\n' for i in range(series))
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    load = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Load)
    threading.Thread(target=load.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "prometheus.yml").write_text(
            "scrape_configs:\n- job_name: load\n  scrape_interval: 2s\n  scrape_timeout: 2s\n"
            f"  static_configs:\n  - targets: ['127.0.0.1:{load.server_address[1]}']\n")
        port = free_port()
        prometheus = f"http://127.0.0.1:{port}"
        with open(folder / "log", "w") as log:
            server = subprocess.Popen(["prometheus", f"--config.file={folder}/prometheus.yml",
                                       f"--storage.tsdb.path={folder}/data",
                                       f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        try:
            for _ in range(100):
                time.sleep(0.3)
                try:
                    if json.loads(fetch(prometheus + "/api/v1/query?query=count(load)"))["data"]["result"]:
                        break
                except OSError:
                    pass
            for one_query in (True, False):
                print(f"{series} signals, {'one query and labels' if one_query else 'a query each'}:", flush=True)
                own = free_port()
                measure(novascale, plugins, config(folder, prometheus, own, series, one_query), prometheus, own, ticks)
        finally:
            server.terminate()
            server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
