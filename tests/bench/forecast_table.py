#!/usr/bin/env python3
"""Every model and `auto` beside R's forecast package: accuracy, coverage, time and memory, as a Markdown table.

  forecast_table.py PROGRAM [--sets hourly,weekly,cloud5m,load5m] [--plugin-dir DIR] [--models a,b] [--peers a,b] [--threads 1]

One run on one machine: the ratios count, not the milliseconds. Times are CPU seconds a series, for ours of the whole
program (reading, fits, evaluation, writing), for R of fit and forecast alone. The slow peers run on every 8th (ets) or
24th (auto.arima) series: their rows say so, and OWA is against Naive2 on the same series. Needs the reference scorer and
the data beside the project, and R for the peers; says what it skips.
"""
import argparse, importlib.util, json, os, resource, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("accuracy", os.path.join(HERE, "accuracy.py"))
accuracy = importlib.util.module_from_spec(spec)
spec.loader.exec_module(accuracy)

MODELS = "auto,ar,mstl,ets,theta,arima,regression,seasonal_naive,naive"
PEERS = {"snaive": 1, "thetaf": 1, "stlf": 1, "mstl": 1, "ets": 8, "auto.arima": 24}


def measured(command):
    """(CPU seconds, peak MB, stdout, stderr) of a command, alone on one core where asked."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:  # a child of its own, so that its peak memory is its own
        os.close(read)
        run = subprocess.run(command, capture_output=True, text=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        with os.fdopen(write, "w") as f:
            json.dump([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, run.stdout, run.stderr, run.returncode], f)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as f:
        answer = json.load(f)
    os.waitpid(pid, 0)
    return answer


def score(folder, scored, path):
    out = path + ".json"
    subprocess.run([sys.executable, os.path.join(accuracy.SHARED, "tools", "score_forecasts.py"), "--data", folder, "--set",
                    scored, "--json", out, path], check=True, stdout=subprocess.DEVNULL)
    return next(iter(json.load(open(out)).values()))


def row(name, series, s, ms, mb):
    print(f"| {name} | {series} | {s['sMAPE']:.2f} | {s['MASE']:.3f} | {s['OWA']:.3f} | {s.get('cov80', float('nan')):.3f} / "
          f"{s.get('cov95', float('nan')):.3f} | {s.get('MSIS95', float('nan')):.2f} | {ms:.2f} | {mb:.0f} |", flush=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("program"); ap.add_argument("--sets", default="hourly,weekly,cloud5m,load5m"); ap.add_argument("--plugin-dir")
    ap.add_argument("--models", default=MODELS); ap.add_argument("--peers", default=",".join(PEERS)); ap.add_argument("--threads", default="1")
    a = ap.parse_args()
    if not os.path.exists(os.path.join(accuracy.SHARED, "tools", "score_forecasts.py")):
        print("forecast table: skipped, no reference scorer beside the project")
        return 0
    peers = [p for p in a.peers.split(",") if p]
    if peers and not shutil.which("Rscript"):
        print("peers: skipped, no R", file=sys.stderr)
        peers = []
    pin = ["taskset", "-c", "0"] if a.threads == "1" else []
    for name in a.sets.split(","):
        seasons, horizon = accuracy.SETS[name]
        with tempfile.TemporaryDirectory() as folder:
            path, scored, count = accuracy.write_data(name, folder)
            print(f"\n### {name}: {count} series, {horizon} steps ahead, seasons {seasons}\n")
            print("| | series | sMAPE | MASE | OWA | covered 80 / 95 | MSIS95 | ms a series | peak MB |")
            print("|---|---|---|---|---|---|---|---|---|")
            for model in a.models.split(","):
                raw, out = os.path.join(folder, "raw.csv"), os.path.join(folder, f"{model}.csv")
                cpu, mb, _, err, code = measured(pin + [a.program] + (["--plugin-dir", a.plugin_dir] if a.plugin_dir else []) + [
                    "forecast", "--input", path, "--models", model, "--horizon", str(horizon), "--season", seasons, "--output", raw])
                if code:
                    print(f"| **{model}** | {err.strip().splitlines()[0] if err else code} |")
                    continue
                with open(raw) as f, open(out, "w") as g:
                    g.write("id" + f.readline().removeprefix("series"))
                    g.writelines(f)
                row(f"**{model}**", count, score(folder, scored, out), 1000 * cpu / count, mb)
            for peer in peers:
                if name == "weekly" and peer in ("mstl", "snaive"): continue  # scored without a season: no such thing
                if name.endswith("5m") and peer in ("auto.arima", "mstl"): continue  # hours, and n holds one week only
                out = os.path.join(folder, f"R-{peer}.csv")
                train = os.path.join(folder, scored + "-train.csv")
                _, _, said, err, code = measured(pin + ["Rscript", os.path.join(HERE, "peers.R"), peer, train,
                                                        "1" if name == "weekly" else seasons, str(horizon), str(PEERS[peer]), out])
                if code:
                    print(f"| R {peer} | {err.strip().splitlines()[-1] if err else code} |")
                    continue
                n, seconds, mb = said.split()
                row(f"R {peer}", n, score(folder, scored, out), 1000 * float(seconds) / int(n), float(mb))
    return 0


if __name__ == "__main__":
    sys.exit(main())
