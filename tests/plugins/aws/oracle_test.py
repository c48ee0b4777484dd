#!/usr/bin/env python3
"""Our client, our fake and the world's: `cost offers` asks the fake, then independent code judges both.

usage: oracle_test.py PROGRAM PLUGIN_DIR

The judges are the official AWS SDK (does it parse the fake?) and aws4 (would it sign as our client did?),
see oracle/oracle.mjs. `./dev deps test` installs them.
"""
import json, os, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
program, plugin_dir = sys.argv[1:]
if not os.path.isdir(os.path.join(HERE, "oracle", "node_modules", "aws4")):
    sys.exit("the judges from npm are missing: run ./dev deps test")

SECRETS = {"KEY": "AKIDEXAMPLE", "SECRET": "wJalrXUtnFEMI/K7MDENG", "TOKEN": "SESSIONTOKENSESSIONTOKEN"}
with tempfile.TemporaryDirectory() as folder:
    fake = subprocess.Popen([sys.executable, os.path.join(HERE, "fake_aws.py"), folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        url = "http://127.0.0.1:" + fake.stdout.readline().decode().strip()
        config = {"plugins": [{"name": "aws", "component": "org.novacron.cost.aws", "call_timeout": "60s", "config": {
            "live": True, "regions": ["us-east-1"], "os": ["linux"], "endpoint": url, "snapshot": "prices",
            "access_key": "secret:env:KEY", "secret_key": "secret:env:SECRET", "session_token": "secret:env:TOKEN"}}]}
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(config, file)

        def offers(**more):
            ran = subprocess.run([program, "--plugin-dir", plugin_dir, "--config", os.path.join(folder, "config.json"), "cost", "offers",
                                  "--type", "m5.large", "--purchase", "on-demand,spot", "--format", "json"],
                                 env={**os.environ, **SECRETS, "no_proxy": "127.0.0.1", **more}, capture_output=True, text=True)
            assert not any(s in ran.stdout + ran.stderr for s in SECRETS.values()), "a secret was shown"
            assert ran.returncode == 0, ran.stderr
            return {o["offer"]: o for o in json.loads(ran.stdout)["offers"]}, ran.stderr

        told, said = offers()
        pool = "aws/us-east-1/us-east-1a/m5.large/linux/spot"
        assert told[pool]["nanos_per_hour"] == 51200000 and told[pool]["quality"] == "observed", told[pool]
        assert told[pool]["age_days"] == 0 and told[pool]["source"].startswith("EC2 DescribeSpotPriceHistory at "), told[pool]
        assert said == "", said
        subprocess.run(["node", os.path.join(HERE, "oracle", "oracle.mjs"), url, os.path.join(folder, "requests.jsonl")],
                       env={**os.environ, "no_proxy": "127.0.0.1"}, check=True)
        # Restarted with all refused, the snapshot serves while it is fresh; without it the catalogue, and it says so.
        with open(os.path.join(folder, "faults.json"), "w") as file:
            json.dump({"fault": "refused", "times": 999}, file)
        assert offers()[0][pool]["nanos_per_hour"] == 51200000
        os.remove(os.path.join(folder, "prices"))
        told, said = offers()
        assert told[pool]["nanos_per_hour"] == 43660000 and "the built-in catalogue serves" in said, said
    finally:
        fake.stdin.close()
        fake.wait()
