#!/usr/bin/env python3
"""The whole story, with real servers: Prometheus scrapes a load, novascale scales libvirt domains.

  libvirt_prometheus.py NOVASCALE PLUGIN_DIR CONFIG [--keep DIR]

A day lasts 16 s: the load climbs from 40 to 200 requests/s and falls again. Debian's prometheus scrapes it (and
is given ten minutes of the past), Debian's libvirtd runs the machines as nobody on a private socket (domains of
its test driver), Debian's prometheus-alertmanager hears the alerts; novascale runs CONFIG, of which only the
addresses are changed. On the way Prometheus is killed for some seconds, and novascale itself once, with SIGKILL.
Then the journal is asked: were machines there before the load, did none go while nobody knew the load, does every
action have its reason, does every decision replay. Prints the timeline; exit 0, 1 (a claim failed) or 77 (a server
is not installed). Ends what it started, by its process id.
"""
import http.server
import json
import math
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

DAY, LEARN_DAYS = 16.0, 37  # seconds; days of the past that Prometheus is given
OUTAGE, BACK, KILL, END = 29.0, 34.5, 43.0, 50.0  # seconds from the start of novascale
ZERO = math.ceil(time.time()) + 6  # a day starts; the servers are up by then
NOBODY = 65534


def load_at(t):
    """requests/s: about 40 at the start of each day, 200 in its middle; no day is quite like another."""
    return 120 - 80 * math.cos(2 * math.pi * (t - ZERO) / DAY) + 5 * math.sin(1.7 * (t - ZERO)) + 3 * math.sin(0.9 * (t - ZERO))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Load(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"# TYPE load gauge\nload {load_at(time.time()):.3f}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def fetch(url):
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=2) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def wait_for(what, ready, seconds=20):
    end = time.time() + seconds
    while time.time() < end:
        if ready():
            return
        time.sleep(0.05)
    raise RuntimeError(f"{what} does not come up")


class Story:
    def __init__(self, program, plugins, config, folder):
        self.program, self.plugins, self.folder = program, plugins, folder
        self.running = {}  # name: process
        self.config = json.loads(pathlib.Path(config).read_text())
        self.lines = []  # (seconds, text) of what was done
        self.seen = []  # (seconds, domains that run)

    def say(self, text):
        self.lines.append((time.time() - self.began, text))

    def start(self, name, words, **more):
        log = open(self.folder / f"{name}.log", "ab")
        self.running[name] = subprocess.Popen(words, stdin=more.pop("stdin", subprocess.DEVNULL), stdout=log, stderr=log, **more)

    def end(self, name, how=signal.SIGKILL):
        process = self.running.pop(name, None)
        if process and process.poll() is None:
            process.send_signal(how)
            process.wait(30)

    def end_all(self):
        for name in list(self.running)[::-1]:
            self.end(name)

    # ---- the world -------------------------------------------------------------------------------------------------

    def start_load(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Load)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def start_prometheus(self):
        self.start("prometheus", ["prometheus", f"--config.file={self.folder}/prometheus.yml",
                                  f"--storage.tsdb.path={self.folder}/tsdb", f"--web.listen-address=127.0.0.1:{self.prometheus}"])

    def make_prometheus(self):
        (self.folder / "prometheus.yml").write_text(
            "scrape_configs:\n- job_name: load\n  scrape_interval: 250ms\n  scrape_timeout: 200ms\n"
            f"  static_configs:\n  - targets: ['127.0.0.1:{self.server.server_port}']\n")
        now = time.time()
        with open(self.folder / "past.txt", "w", encoding="utf-8") as past:
            past.write("# TYPE load gauge\n")
            for k in range(int(DAY * LEARN_DAYS * 4), 0, -1):
                t = now - k / 4
                past.write(f"load {load_at(t):.3f} {t:.3f}\n")
            past.write("# EOF\n")
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", self.folder / "past.txt", self.folder / "tsdb"],
                       check=True, stdout=subprocess.DEVNULL)
        self.prometheus = free_port()
        self.start_prometheus()
        ask = f"http://127.0.0.1:{self.prometheus}/api/v1/query?query=load"
        wait_for("prometheus", lambda: '"value"' in fetch(ask))

    def start_libvirtd(self):
        words, home = ["/usr/sbin/libvirtd"], self.folder / "libvirt"
        (home / "run").mkdir(parents=True)
        if os.geteuid() == 0:
            words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] + words
            for path in [home, home / "run"]:
                os.chown(path, NOBODY, NOBODY)
        where = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"),
                 "XDG_CONFIG_HOME": str(home), "XDG_CACHE_HOME": str(home)}
        self.start("libvirtd", words, env=where)
        path = home / "run/libvirt/libvirt-sock"
        wait_for("libvirtd", path.exists)
        self.uri = f"test+unix:///default?socket={path}"
        # The test driver keeps its domains as long as somebody is connected.
        self.start("virsh", ["virsh", "-c", self.uri], stdin=subprocess.PIPE)

    def start_alertmanager(self):
        (self.folder / "am.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
        self.alertmanager = free_port()
        self.start("alertmanager", ["prometheus-alertmanager", f"--config.file={self.folder}/am.yml",
                                    f"--storage.path={self.folder}/am", "--cluster.listen-address=",
                                    f"--web.listen-address=127.0.0.1:{self.alertmanager}"])

    def alerts(self):
        said = fetch(f"http://127.0.0.1:{self.alertmanager}/api/v2/alerts")
        return sorted(one["labels"]["alertname"] for one in json.loads(said or "[]"))

    def domains(self):
        said = subprocess.run(["virsh", "-q", "-c", self.uri, "list", "--name"], capture_output=True, text=True, check=False)
        return sum(name.startswith("web-") for name in said.stdout.split())

    def words(self, *verb):
        return [self.program, "--plugin-dir", self.plugins, "--config", str(self.folder / "config.json"), *verb]

    def start_novascale(self):
        self.start("novascale", self.words("run"))

    def ask(self, *verb):
        return subprocess.run(self.words(*verb), capture_output=True, text=True, check=False)

    # ---- what happens ----------------------------------------------------------------------------------------------

    def live(self):
        self.began = time.time()
        self.start_load()
        self.make_prometheus()
        self.start_libvirtd()
        self.start_alertmanager()
        self.config["host"]["data_dir"] = str(self.folder / "var")
        address = {"prometheus": ("url", f"http://127.0.0.1:{self.prometheus}"), "node": ("uri", self.uri),
                   "alertmanager": ("urls", [f"http://127.0.0.1:{self.alertmanager}"])}
        for plugin in self.config["plugins"]:
            if plugin["name"] in address:
                key, value = address[plugin["name"]]
                plugin["config"][key] = value
        (self.folder / "config.json").write_text(json.dumps(self.config, indent=2))
        time.sleep((ZERO - time.time()) % DAY)  # the night
        self.began = time.time()
        self.say("novascale starts")
        self.start_novascale()
        plan = [(OUTAGE, self.lose_prometheus), (BACK, self.find_prometheus), (KILL, self.die), (END, None)]
        self.told = set()
        for at, action in plan:
            while time.time() - self.began < at:
                self.seen.append((time.time() - self.began, self.domains()))
                if OUTAGE < time.time() - self.began < BACK + 1:
                    self.told.update(self.alerts())
                time.sleep(0.2)
            if action:
                action()
        self.end("novascale", signal.SIGTERM)

    def lose_prometheus(self):
        self.end("prometheus")
        self.say("PROMETHEUS IS KILLED")

    def find_prometheus(self):
        self.start_prometheus()
        self.say("Prometheus is started again")

    def die(self):
        self.before = self.domains()
        self.end("novascale")
        self.say(f"NOVASCALE IS KILLED (SIGKILL), {self.before} domains run")
        self.after = self.domains()
        self.start_novascale()
        self.say(f"novascale is started again, {self.after} domains run")

    # ---- what the journal says -------------------------------------------------------------------------------------

    def journal(self):
        entries = []
        for path in sorted((self.folder / "var/journal").glob("*.jsonl")):
            entries += [json.loads(line) for line in path.read_text().splitlines()]
        return entries

    def judge(self):
        entries, wrong = self.journal(), []

        def claim(holds, text):
            if not holds:
                wrong.append(text)

        def at(entry):
            return entry["time_unix_ns"] / 1e9 - self.began

        decisions = {f"{e['tenant']}/{e['group']}#{e['seq']}": e for e in entries if e["type"] == "decision"}
        acting = [e for e in decisions.values() if e["action"] != "hold"]
        alerts = [e for e in entries if e["type"] == "event" and "alert" in e]
        signal_spec = self.config["groups"][0]["signals"][0]
        of_one = signal_spec["per_machine"] * 0.65

        def ahead(e):  # more than the present load asks for, because of what will come
            return e["action"] == "scale_out" and e["cause"] == "predictive" and \
                e["current"] * of_one >= load_at(e["time_unix_ns"] / 1e9)
        claim(any(ahead(e) and DAY < at(e) < OUTAGE for e in acting), "no machine was asked for before the second peak")
        low = [n for t, n in self.seen if 0.9 * DAY < t < 1.15 * DAY]
        high = [n for t, n in self.seen if 1.4 * DAY < t < 1.65 * DAY]
        claim(low and high and max(high) >= 10 and max(high) >= 2 * min(low), f"{low} machines at night, {high} by day")
        dark = (OUTAGE + 1.5, BACK + 0.5)
        gone = [at(e) for e in acting if e["action"] == "scale_in" and dark[0] < at(e) < dark[1]]
        claim(not gone, f"machines were given up while nobody knew the load: {gone}")
        for name in ("signal_lost", "plugin_down"):
            states = [e["firing"] for e in alerts if e["alert"] == name]
            claim(states[:1] == [True] and states[-1:] == [False], f"{name}: {states}")
            claim(name in self.told, f"the Alertmanager never heard of {name}, only of {self.told}")
        claim(self.alerts() == [], f"the Alertmanager still shows {self.alerts()}")
        claim(self.before == self.after > 0, f"{self.before} domains before the kill, {self.after} after it")
        starts = [e["seq"] for e in entries if e["type"] == "start"]
        claim(len(starts) == 2, f"{len(starts)} starts on record")
        claim([e["seq"] for e in entries] == list(range(1, len(entries) + 1)), "the journal has holes")
        claim(any(e["seq"] > starts[-1] and e["action"] == "scale_in" for e in acting), "no machine was given up after the kill")
        claim(self.seen[-1][1] < self.before, f"{self.seen[-1][1]} domains at the end, {self.before} before")
        operations = [e for e in entries if e["type"] == "operation"]
        claim(len(operations) >= 10, f"only {len(operations)} operations")
        for e in operations:
            claim(decisions.get(e["decision"], {}).get("reason"), f"operation of {e['decision']} has no reason on record")
        replayed = self.ask("history", "--replay")
        claim(replayed.returncode == 0 and ", 0 differ" in replayed.stdout, f"replay: {replayed.stdout}{replayed.stderr}")
        explained = self.ask("explain", "web")
        claim(explained.returncode == 0 and "because" in explained.stdout, f"explain: {explained.stderr}")
        for e in acting:
            self.lines.append((at(e), f"{e['action']:9} {e['current']:2} -> {e['desired']:2}  {e['reason']}"))
        for e in alerts:
            self.lines.append((at(e), ("ALERT " if e["firing"] else "      ") + e["text"]))
        return wrong, replayed.stdout.strip()

    def timeline(self):
        out = [f"{'s':>5} {'load':>4} {'run':>3}"]
        for t, text in sorted(self.lines):
            run = [n for when, n in self.seen if when <= t]
            out.append(f"{t:5.1f} {load_at(self.began + t):4.0f} {run[-1] if run else 0:3}  {text[:150]}")
        return "\n".join(out)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    for name in ("prometheus", "promtool", "prometheus-alertmanager", "virsh", "setpriv"):
        if not shutil.which(name):
            print(f"{name} is not installed")
            sys.exit(77)
    if not os.path.exists("/usr/sbin/libvirtd") or not os.path.exists(f"{sys.argv[2]}/libvirt.so"):
        print("libvirtd or libvirt.so is not there")
        sys.exit(77)
    os.environ["no_proxy"] = "127.0.0.1"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nova_story_"))
    folder.chmod(0o711)  # libvirtd is nobody
    story = Story(*sys.argv[1:4], folder)
    try:
        story.live()
        wrong, replayed = story.judge()
        print(story.timeline())
        print(replayed)
        for text in wrong:
            print("NOT SO:", text)
        sys.exit(1 if wrong else 0)
    finally:
        story.end_all()
        if "--keep" in sys.argv:
            print(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)


main()
