"""All runs of a store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from thresher_runs.files import Files
from thresher_runs.run import Run, RunError

if TYPE_CHECKING:
    import pandas

_FIGURES = (
    "network",
    "granularity",
    "scheme",
    "float_top1",
    "quantized_top1",
    "agreement",
    "logit_rmse",
    "images_trained",
    "images_evaluated",
    "rounds",
    "engine",
)


def rows(root: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """One row for each run below `<store.root>`: its id, the stage that it has reached, figures where it is
    evaluated, seconds of all stages, its address, and what cannot be read of it."""
    files = Files(root)
    return [_row(files.address, name) for name in files.folders("runs")]


def runs(root: str | os.PathLike[str]) -> pandas.DataFrame:
    """The same as a data frame of pandas, one row a run."""
    import pandas

    return pandas.DataFrame(rows(root), columns=["run", "reached", *_FIGURES, "bits", "seconds", "address", "problem"])


def _row(root: str, name: str) -> dict[str, Any]:
    address = f"{root}/runs/{name}"
    row: dict[str, Any] = {"run": name, "address": address, "problem": None}
    try:
        run = Run(address)
        row["reached"] = list(run.stages)[-1]
        row["seconds"] = round(sum(run.stages.values()), 1)
        if "summary.json" in run.names:
            summary = run.summary
            row.update({key: summary.get(key) for key in _FIGURES})
            row["bits"] = f"W{summary['bits']['weights']}A{summary['bits']['activations']}"
    except RunError as e:
        row["problem"] = str(e)
    return row
