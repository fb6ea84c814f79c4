"""Logs a run to MLflow."""

from __future__ import annotations

import pathlib
import tempfile
from typing import Any

from thresher_runs.card import card
from thresher_runs.run import Run

_METRICS = (
    "float_top1",
    "untrained_top1",
    "quantized_top1",
    "untrained_agreement",
    "agreement",
    "untrained_logit_rmse",
    "logit_rmse",
    "finetune_images_per_second",
    "peak_memory_bytes",
)
_ARTEFACTS = ("model/", "metrics/", "report.html", "summary.json", "provenance.json")


def log(
    run: Run,
    experiment: str = "thresher",
    tracking_uri: str | None = None,
    register: str | None = None,
) -> str:
    """Logs configuration, figures, each round's loss and the artefacts of a run, and returns the id of MLflow's run.

    A run that was logged before into the same experiment is found by its configuration and results, and not logged
    twice.

    tracking_uri: of the server; without it what MLflow's own variables say (MLFLOW_TRACKING_URI).
    register: a name in the model registry; `model/` becomes a new version of it.
    """
    import mlflow
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=tracking_uri)
    found = client.get_experiment_by_name(experiment)
    experiment_id = found.experiment_id if found else client.create_experiment(experiment)
    summary = run.summary
    identity = f"{summary['run']}@{run.provenance['environment']['configuration_sha256']}"
    logged = client.search_runs([experiment_id], f"tags.`thresher.run` = '{identity}' and status = 'FINISHED'")
    if logged:
        return str(logged[0].info.run_id)
    made = client.create_run(experiment_id, run_name=summary["run"], tags={"thresher.run": identity})
    run_id = str(made.info.run_id)
    try:
        _parameters(client, run_id, run)
        _figures(client, run_id, run, summary)
        with tempfile.TemporaryDirectory() as folder:
            client.log_artifacts(run_id, str(_gathered(run, pathlib.Path(folder))))
        if register:
            _register(mlflow, client, run_id, register)
        client.set_terminated(run_id, "FINISHED")
    except BaseException:
        client.set_terminated(run_id, "FAILED")
        raise
    return run_id


def _parameters(client: Any, run_id: str, run: Run) -> None:
    from mlflow.entities import Param

    # MLflow refuses empty values, and those of more than 6,000 characters.
    parameters = [Param(key, value[:6000]) for key, value in run.configuration.items() if value]
    for begin in range(0, len(parameters), 100):
        client.log_batch(run_id, params=parameters[begin : begin + 100])


def _figures(client: Any, run_id: str, run: Run, summary: dict[str, Any]) -> None:
    from mlflow.entities import Metric

    metrics = [Metric(key, float(summary[key]), 0, 0) for key in _METRICS if summary.get(key) is not None]
    metrics += [Metric(f"seconds_{stage}", float(seconds), 0, 0) for stage, seconds in run.stages.items()]
    for row in run.arrow("rounds").to_pylist():
        for key in ("loss", "judged_loss", "learning_rate"):
            if row[key] is not None:
                metrics.append(Metric(key, row[key], 0, row["round"]))
    for begin in range(0, len(metrics), 1000):
        client.log_batch(run_id, metrics=metrics[begin : begin + 1000])


def _gathered(run: Run, folder: pathlib.Path) -> pathlib.Path:
    for name in run.names:
        if name.startswith(_ARTEFACTS):
            run.download(name, folder / pathlib.PurePosixPath(name).parent)
    (folder / "model").mkdir(exist_ok=True)
    (folder / "model" / "README.md").write_text(card(run))
    return folder


def _register(mlflow: Any, client: Any, run_id: str, name: str) -> None:
    try:
        client.create_registered_model(name)
    except mlflow.exceptions.MlflowException as e:
        if e.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    source = f"{client.get_run(run_id).info.artifact_uri}/model"
    client.create_model_version(name, source, run_id)
