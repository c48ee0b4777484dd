#!/usr/bin/env python3
"""`plugins verify` of controllers/aws_asg with nothing left out, against our fake; then independent code judges both.

usage: groups_test.py PROGRAM LIBRARY

The judges are the official AWS SDK (does it parse the fake?) and aws4 (would it sign as our controller did?), see
oracle/groups.mjs. `./dev deps test` installs them.
"""
import json, os, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
program, library = sys.argv[1:]
if not os.path.isdir(os.path.join(HERE, "oracle", "node_modules", "@aws-sdk", "client-auto-scaling")):
    sys.exit("the judges from npm are missing: run ./dev deps test")

with tempfile.TemporaryDirectory() as folder:
    fake = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "fake_aws.py"), folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        url = "http://127.0.0.1:" + fake.stdout.readline().decode().strip()
        environment = {**os.environ, "no_proxy": "127.0.0.1"}
        check = os.path.join(folder, "check.json")
        with open(check, "w") as file:
            json.dump({"config": {"region": "us-east-1", "endpoint": url, **{k: "secret:env:" + k for k in (
                "access_key", "secret_key", "session_token")}}, "bindings": [
                    {"name": "web", "settings": {"auto_scaling_group": "web-asg"}}, {"name": "db", "settings": {}}]}, file)
        ran = subprocess.run([program, "plugins", "verify", library, "--config", check], text=True, capture_output=True, env=environment)
        print(ran.stdout, ran.stderr)
        assert ran.returncode == 0
        assert "0 failed" in ran.stdout and "as groups" not in ran.stdout
        subprocess.run(["node", os.path.join(HERE, "oracle", "groups.mjs"), url, os.path.join(folder, "requests.jsonl")],
                       env=environment, check=True)
    finally:
        fake.stdin.close()
        fake.wait()
