"""Reads the runs of Thresher, from folders and from s3://.

    import thresher_runs

    run = thresher_runs.Run("s3://bucket/prefix/runs/nightly-7")
    run.summary["agreement"]
    run.table("layers")                  # pandas
    thresher_runs.runs("s3://bucket/prefix")  # a table of all runs

Nothing here writes into a run. `thresher_runs.card` makes a model card, `thresher_runs.mlflow` logs a
run to MLflow, `thresher_runs.plots` draws interactive figures.
"""

from thresher_runs.run import Run, RunError
from thresher_runs.store import runs

__all__ = ["Run", "RunError", "runs"]
__version__ = "0.1.0"
