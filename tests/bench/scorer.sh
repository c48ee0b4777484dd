#!/usr/bin/env bash
# An honest backtest: our replay of HPA and target tracking, and our own decisions, as an independent
# scorer sees them. Needs the reference scorer and its traces beside the project; skips without them.
set -eu
cd "$(dirname "$0")/../.."
build=$1 scorer=../shared/tools/refsim.py traces=../shared/data/traces
if [ ! -f "$scorer" ] || ! python3 -c 'import numpy' 2>/dev/null; then
  echo "scorer: skipped, no reference scorer (or no numpy) beside the project"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 - "$build/bin/novascale" "$scorer" "$traces" "$work" <<'PY'
import json, subprocess, sys
program, scorer, traces, work = sys.argv[1:]
print(f"{'trace':34s} {'policy':16s} {'hours':>9s} {'scorer':>9s} {'SLO %':>8s} {'scorer':>8s}")
for name, facts in json.load(open(f'{traces}/traces.json')).items():
    path = f"{traces}/{facts['file']}"
    capacity = facts['capacity']
    config = {'plugins': [{'name': 'trace', 'component': 'org.novacron.metrics.replay', 'config': {'file': __import__('os').path.abspath(path)}},
                          {'name': 'fleet', 'component': 'org.novacron.controller.simulated'},
                          {'name': 'regression', 'component': 'org.novacron.model.regression', 'config': {'floor': 0, 'transform': 'sqrt', 'trend': False}}],
              'groups': [{'id': 'g', 'controller': 'fleet', 'min': 1, 'max': 200, 'lead_time': '180s',
                          'signals': [{'name': 'load', 'source': 'trace', 'query': 'value', 'per_machine': capacity, 'target_utilisation': 0.7, 'max_utilisation': 0.8}],
                          'policies': [{'type': 'predictive'}, {'type': 'target_tracking'}]}]}
    json.dump(config, open(f'{work}/config.json', 'w'))
    run = subprocess.run([program, '--config', f'{work}/config.json', '--log-level', 'error', 'backtest', '--trace', path,
                          '--compare', 'hpa,target-tracking', '--decisions', f'{work}/log.csv', '--format', 'json'], capture_output=True, text=True)
    if run.returncode:
        print(f'{name:34s} {run.stderr.strip()}')
        continue
    ours = json.loads(run.stdout)['summary']
    theirs = {'novascale': json.loads(subprocess.run(['python3', scorer, 'score', path, f'{work}/log.csv'], capture_output=True, text=True).stdout)}
    for line in subprocess.run(['python3', scorer, 'run', path, '--policy', 'hpa,target_tracking'], capture_output=True, text=True).stdout.splitlines():
        policy, text = line.split(' ', 1)
        theirs[policy.replace('_', '-')] = json.loads(text)
    for policy, o in ours.items():
        t = theirs[policy]
        print(f"{name:34s} {policy:16s} {o['machine_hours']:9.1f} {t['instance_hours']:9.1f} {100 * o['slo_violation_share']:8.3f} {t['slo_pct']:8.3f}")
PY
