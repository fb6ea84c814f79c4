"""The command thresher-runs: a table of runs, a model card, a log to MLflow, latency."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from thresher_runs.card import card
from thresher_runs.run import Run, RunError
from thresher_runs.store import rows

_COLUMNS = ("run", "reached", "network", "bits", "granularity", "float_top1", "quantized_top1", "agreement", "logit_rmse")


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit code: 0 done, 2 bad usage, 3 a run that cannot be read."""
    parser = argparse.ArgumentParser("thresher-runs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    listed = commands.add_parser("list", help="a table of all runs of a store")
    listed.add_argument("root", help="store.root: a folder or s3://bucket/prefix")
    listed.add_argument("--sort", default="run", choices=[*_COLUMNS, "seconds"], help="a column; the best comes first")
    listed.add_argument("--network", help="only runs of this network")
    listed.add_argument("--json", action="store_true", help="print one JSON array")
    carded = commands.add_parser("card", help="a model card, as model hubs read it")
    carded.add_argument("run", help="<store.root>/runs/<run-id>")
    carded.add_argument("--license", help="of the float network")
    logged = commands.add_parser("mlflow", help="log a run to MLflow")
    logged.add_argument("run", help="<store.root>/runs/<run-id>")
    logged.add_argument("--experiment", default="thresher")
    logged.add_argument("--tracking-uri", help="default: MLFLOW_TRACKING_URI")
    logged.add_argument("--register", metavar="NAME", help="make the model a version of NAME in the registry")
    timed = commands.add_parser("latency", help="how long one image takes here, in ONNX Runtime and LiteRT")
    timed.add_argument("run", help="<store.root>/runs/<run-id>")
    timed.add_argument("--float", metavar="MODEL", help="the ONNX file that the run was made from, to compare with")
    timed.add_argument("--threads", type=int, default=1)
    timed.add_argument("--seconds", type=float, default=3.0, help="for each runtime")
    options = parser.parse_args(arguments)
    try:
        return _run(options)
    except RunError as e:
        print(f"thresher-runs: {e}", file=sys.stderr)
        return 3


def _run(options: argparse.Namespace) -> int:
    if options.command == "list":
        found = [row for row in rows(options.root) if options.network in (None, row.get("network"))]
        descending = options.sort in ("float_top1", "quantized_top1", "agreement")
        found.sort(key=lambda row: _key(row.get(options.sort), descending))
        print(json.dumps(found, indent=2) if options.json else _table(found))
    elif options.command == "card":
        print(card(Run(options.run), options.license), end="")
    elif options.command == "latency":
        return _latency(options)
    else:
        from thresher_runs.mlflow import log

        print(log(Run(options.run), options.experiment, options.tracking_uri, options.register))
    return 0


def _latency(options: argparse.Namespace) -> int:
    from thresher_runs.latency import measure

    measured = measure(Run(options.run), getattr(options, "float"), options.threads, options.seconds)
    if not measured:
        raise RunError("Neither onnxruntime nor ai-edge-litert is installed: pip install 'thresher-runs[latency]'")
    for row in measured:
        print(
            f"{row['runtime']:<13} {row['network']:<9} {row['median_ms']:9.3f} ms an image, {row['least_ms']:.3f} at"
            f" best; {row['threads']} threads, {row['images']} images"
        )
    return 0


def _key(value: Any, descending: bool) -> tuple[bool, Any]:
    """Runs without the figure come last."""
    if value is None:
        return True, 0
    return False, -value if descending else value


def _table(found: list[dict[str, Any]]) -> str:
    lines = [list(_COLUMNS), *([_cell(row.get(column)) for column in _COLUMNS] for row in found)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_COLUMNS))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    text += [f"{row['run']}: {row['problem']}" for row in found if row["problem"]]
    return "\n".join(text)


def _cell(value: Any) -> str:
    return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
