#!/usr/bin/env python3
"""`plugins verify` of controllers/novacron and metrics/novacron against the fake of each server: with nothing that needs one left out.

usage: conformance_test.py PROGRAM CONTROLLER SOURCE
"""
import json, os, subprocess, sys, tempfile

program, controller, source = sys.argv[1:]
GROUPS = [{"name": name, "settings": {"max": 20, "template": {"owner_id": "ops"}}} for name in ("web", "db")]
SKIP = {"host-sizes": "a host that is too old to keep secrets cannot log in"}
QUERIES = [{"name": "web-#running", "settings": {}}, {"name": "#machines", "settings": {}}]
HERE = os.path.dirname(os.path.abspath(__file__))
for server, how in (("a", {"auth": "login", "username": "verify", "password": "secret:env:NOVACRON_PASSWORD"}),
                    ("b", {"auth": "role", "api_prefix": "/api/v1/api/v1", "tenant": "acme"})):
    with tempfile.TemporaryDirectory() as folder:
        fake = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "fake_novacron.py"), folder, server],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            url = "http://127.0.0.1:" + fake.stdout.readline().decode().strip()
            check = os.path.join(folder, "check.json")
            for library, bindings in ((controller, GROUPS), (source, QUERIES)):
                with open(check, "w") as file:
                    json.dump({"config": {"url": url, **how}, "bindings": bindings, "skip": SKIP if library == source else {}}, file)
                ran = subprocess.run([program, "plugins", "verify", library, "--config", check], text=True, capture_output=True,
                                     env={**os.environ, "no_proxy": "127.0.0.1"})
                print(ran.stdout, ran.stderr)
                assert ran.returncode == 0, f"server {server}"
                assert "0 failed" in ran.stdout and "as groups" not in ran.stdout, ran.stdout
        finally:
            fake.stdin.close()
            fake.wait()
