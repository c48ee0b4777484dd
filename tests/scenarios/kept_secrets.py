#!/usr/bin/env python3
"""No secret in anything that is written: every plugin that takes one is run against a service that tells it back.

  kept_secrets.py NOVASCALE PLUGIN_DIR

Which components take secrets is asked of their schemas (`plugins inspect`), so a new plugin is in it by itself. Each
is configured as its check.json says, with a secret reference under every x-secret key and its address at a server of
ours, which answers 401, 500 and 403 in turn with all that it was sent. Then check, check --effective, a run of some
seconds at log level trace, history and explain: what they print, and every file they leave, is searched for the
secrets, plain, in base64, in hex, percent-encoded and escaped for JSON. Exit 0 or 1.
"""
import base64
import concurrent.futures
import http.server
import itertools
import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile
import threading
import urllib.parse

GROUP = {"id": "web", "min": 1, "max": 4, "lead_time": "1s", "stabilisation_window": "1s",
         "policies": [{"type": "target_tracking", "signal": "load"}]}
ADDRESSES = ["url", "urls", "endpoint"]
# A program that tells its secret wherever it can, and fails.
BLABBER = """import os, sys
said = os.environ.get("NOVASCALE_SECRET", "")
print(said, file=sys.stderr)
print('{"error": {"code": "unavailable", "message": "' + said + '"}}')
"""
EXTRA = {"org.novacron.controller.command": lambda folder: {"program": "/usr/bin/python3", "arguments": [str(folder / "blabber.py")]},
         "org.novacron.cost.aws": lambda _: {"live": True}}
QUERIES = {"org.novacron.metrics.http_json": "/x#/y", "org.novacron.metrics.novacron": "#running"}


class Echo(http.server.BaseHTTPRequestHandler):
    answers = itertools.cycle([401, 500, 403])

    def answer(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("latin-1")
        # What quotes an answer quotes its beginning, so who we are comes first.
        who = [f"{name}={value}" for name, value in self.headers.items() if name.lower() in ("authorization", "x-amz-security-token")]
        body = " ".join(who + [sent, self.path]).replace("\r", " ").replace("\n", " ").encode()
        self.send_response(next(self.answers))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.asked.append(" ".join(who) + " " + str(self.headers))

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


def forms(user, secret):
    """How a secret may look: (name, text) pairs."""
    raw = secret.encode()
    coded = [base64.b64encode(x).decode().rstrip("=") for x in (raw, f"{user}:{secret}".encode())]
    return {"plain": secret, "base64": coded[0], "basic": coded[1], "hex": raw.hex(), "percent": urllib.parse.quote(secret, safe=""),
            "json": json.dumps(secret)[1:-1]}


class Case:
    """One component, with some of its secrets."""

    def __init__(self, program, plugins, server, library, component, keys):
        self.program, self.plugins, self.server = program, plugins, server
        self.id, self.kind, self.keys = component["id"], component["kind"], keys
        self.properties = component["config_schema"]["properties"]
        check = pathlib.Path(plugins, library.stem + ".check.json")
        self.check = json.loads(check.read_text()) if check.exists() else {}

    def config(self, folder):
        config = {k: v for k, v in self.check.get("config", {}).items() if not self.properties.get(k, {}).get("x-secret")}
        config.update(EXTRA.get(self.id, lambda _: {})(folder))
        for key in ADDRESSES:
            if key in self.properties:
                config[key] = [self.server] if key == "urls" else self.server
        if "username" in self.keys:
            config["username"] = "user"
        if "auth" in self.properties:
            config["auth"] = "login" if "username" in self.keys else "bearer"
        for key in self.keys:
            if key != "username":
                config[key] = f"secret:env:{self.variable(key)}"
        under_test = {"name": "subject", "component": self.id, "config": config}
        group = dict(GROUP, controller="subject" if self.kind == "controller" else "fleet")
        if self.kind == "controller":
            group["controller_config"] = next(iter(self.check.get("bindings", [])), {}).get("settings", {})
        metrics = self.kind == "metrics"
        query = QUERIES.get(self.id, "load") if metrics else "/x#/y"
        group["signals"] = [{"name": "load", "source": "subject" if metrics else "app", "query": query, "per_machine": 10}]
        if self.kind == "cost":
            group["offers"] = {"cost": ["subject"]}
            group["machine"] = {"vcpus": 2, "memory_gib": 8}
        plugins = [under_test]
        if self.kind != "controller":
            plugins.append({"name": "fleet", "component": "org.novacron.controller.simulated"})
        if not metrics:
            plugins.append({"name": "app", "component": "org.novacron.metrics.http_json", "config": {"url": self.server, "retries": 0}})
        return {"host": {"step": "1s", "data_dir": "var"}, "plugins": plugins, "groups": [group]}

    def variable(self, key):
        return "S_" + "_".join([self.id.replace(".", "_"), key]).upper()

    def run(self, folder):
        """What is wrong, as texts."""
        folder.mkdir()
        (folder / "blabber.py").write_text(BLABBER)
        (folder / "config.json").write_text(json.dumps(self.config(folder), indent=1))
        # As awkward as a secret may be in a header: what must be escaped in JSON is left to whoever escapes it.
        known = {key: secrets.token_urlsafe(18) + "/+%" for key in self.keys if key != "username"}
        env = dict(os.environ, no_proxy="127.0.0.1", **{self.variable(key): value for key, value in known.items()})
        wrong, ran = [], False
        for verb in (["check"], ["check", "--effective"], ["check", "--effective", "--format", "json"],
                     ["--log-level", "trace", "run", "--for", "3s"], ["history"], ["explain", "web"]):
            words = [self.program, "--plugin-dir", self.plugins, "--config", str(folder / "config.json"), *verb]
            done = subprocess.run(words, capture_output=True, text=True, env=env, cwd=folder, timeout=120, check=False)
            (folder / ("_".join(verb).replace("-", "") + ".out")).write_text(done.stdout + done.stderr)
            if "run" in verb:
                ran = done.returncode == 0
            if verb == ["check"] and done.returncode != 0:
                wrong.append("its config is refused: " + (done.stdout + done.stderr).strip())
            if "--effective" in verb and "***" not in done.stdout and done.returncode == 0 and f"secret:env:" not in done.stdout:
                wrong.append("check --effective shows neither *** nor the reference")
        if not ran:
            wrong.append("the run failed")
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            text = path.read_bytes().decode("latin-1")
            for key, value in known.items():
                for form, looks in forms("user", value).items():
                    at = text.find(looks)
                    if at >= 0:
                        wrong.append(f"{key} stands in {path.name} ({form}): ...{text[max(0, at - 100):at + 20]!r}")
        return wrong


def variants(properties):
    """Sets of keys to be given together: all secrets, but a token and a password exclude each other."""
    keys = [key for key, rule in properties.items() if rule.get("x-secret")]
    if not keys:
        return []
    if "username" not in properties:
        return [keys]
    rest = [key for key in keys if key not in ("bearer_token", "password")]
    return [rest + ["bearer_token"], rest + ["username", "password"]]


def main():
    program, plugins = sys.argv[1:3]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    cases = []
    for library in sorted(pathlib.Path(plugins).glob("*.so")):
        said = subprocess.run([program, "plugins", "inspect", str(library), "--format", "json"], capture_output=True, text=True, check=True)
        for component in json.loads(said.stdout)["components"]:
            for keys in variants(component.get("config_schema", {}).get("properties", {})):
                cases.append(Case(program, plugins, address, library, component, keys))
    failed = len(cases) < 8  # or nothing was looked at
    with tempfile.TemporaryDirectory(prefix="nova_secrets_") as folder, concurrent.futures.ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(case.run, pathlib.Path(folder, str(n))) for n, case in enumerate(cases)]
        for case, run in zip(cases, runs):
            wrong = run.result()
            failed = failed or bool(wrong)
            print("LEAK" if wrong else "ok  ", case.id, ", ".join(case.keys))
            for text in wrong:
                print("     ", text)
    sent = sum("ASIC " in asked.upper() or "EARER " in asked.upper() for asked in server.asked)
    print(f"{len(cases)} cases; the service was asked {len(server.asked)} times, {sent} times by somebody who said who he is")
    sys.exit(1 if failed or sent == 0 else 0)


main()
