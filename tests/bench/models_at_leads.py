#!/usr/bin/env python3
"""What the forecast plugins are worth in decisions: `models: auto` against each by itself and against the rule
that only reacts, on recorded loads, at leads from minutes to an hour.

  models_at_leads.py PROGRAM TRACES [--only NAME,...] [--leads 3m,10m,30m,60m] [--days 7] [--models a,b,...]

TRACES is a folder with traces.json; of each trace its first days are walked by `backtest --sweep model=...`. The
policy is `predictive` with the default weights beside target tracking, no promise. A row a model: violated steps in
percent / machine-hours over the oracle's, for each lead; the last row is target tracking alone.
"""
import argparse
import csv
import gzip
import json
import pathlib
import subprocess
import tempfile

from backtests import config_of

MODELS = ["ar", "ets", "theta", "regression", "seasonal_naive", "naive"]


def first_days(path, to, days):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as source, open(to, "w") as target:
        start = None
        for row in csv.reader(source):
            if not row[0].replace(".", "").isdigit():
                target.write("timestamp_unix_s,value\n")
                continue
            start = float(row[0]) if start is None else start
            if float(row[0]) < start + days * 86400:
                target.write(",".join(row[:2]) + "\n")


def backtest(program, config, trace, sweep=None):
    words = [program, "--config", config, "--log-level", "error", "backtest", "--trace", trace, "--compare", "oracle-slo",
             "--format", "json"] + (["--sweep", "model=" + sweep] if sweep else [])
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def cell(summary):
    ours = summary["novascale"]
    return f"{100 * ours['slo_violation_share']:.2f} / {ours['machine_hours'] / summary['oracle-slo']['machine_hours']:.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("traces", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--leads", default="3m,10m,30m,60m")
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--models", default=",".join(MODELS))
    o = parser.parse_args()
    index = o.traces / "traces.json"
    if not index.exists():
        print(f"models_at_leads: {index} is not there, nothing is measured")
        return
    only, leads, models = set(filter(None, o.only.split(","))), o.leads.split(","), o.models.split(",")
    for name, about in json.loads(index.read_text()).items():
        if only and name not in only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            trace, config = pathlib.Path(folder) / "load.csv", pathlib.Path(folder) / "config.json"
            first_days(o.traces / about["file"], trace, o.days)
            rows = {m: [] for m in ["auto", *models, "reactive"]}
            for lead in leads:
                predictive = [{"type": "predictive", "prediction_horizon": "2h"}, {"type": "target_tracking"}]
                config.write_text(json.dumps(config_of(trace, about["capacity"], lead, predictive, models, 0.8)))
                for outcome in backtest(o.program, config, trace, ",".join(["auto", *models]))["outcomes"]:
                    rows[outcome["value"]].append(cell(outcome["summary"]))
                config.write_text(json.dumps(config_of(trace, about["capacity"], lead, predictive[1:], max_utilisation=0.8)))
                rows["reactive"].append(cell(backtest(o.program, config, trace)["summary"]))
        print(f"\n| {name} | " + " | ".join(leads) + " |\n" + "|---" * (len(leads) + 1) + "|")
        for model, cells in rows.items():
            print(f"| {model} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
