"""Tests of the package on a store that holds finished runs (THRESHER_STORE), as notebooks/check calls them."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

import pandas
import pytest

import thresher_runs
from thresher_runs import plots
from thresher_runs.__main__ import main
from thresher_runs.card import card

STORE = pathlib.Path(os.environ["THRESHER_STORE"])
SERVER_SECONDS = 120


@pytest.fixture(name="run")
def trained_run():
    """The run of the store with the most rounds."""
    table = thresher_runs.runs(STORE)
    return thresher_runs.Run(table.sort_values("rounds").iloc[-1]["address"])


def test_every_run_of_a_store_is_a_row(run):
    table = thresher_runs.runs(STORE).set_index("run")
    assert len(table) == len(list((STORE / "runs").iterdir()))
    row = table.loc[run.summary["run"]]
    assert row["agreement"] == run.summary["agreement"]
    assert (row["reached"], row["bits"], row["problem"]) == ("report", "W8A8", None)
    assert row["seconds"] == pytest.approx(sum(run.stages.values()), abs=0.1)


def test_the_command_sorts_filters_and_names_what_it_cannot_read(run, capsys):
    assert main(["list", str(STORE), "--sort", "agreement", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    figures = [row["agreement"] for row in listed]
    assert figures == sorted(figures, reverse=True)
    assert main(["list", str(STORE), "--network", "none", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["card", str(STORE / "runs/none")]) == 3
    assert "There is no run at" in capsys.readouterr().err


def test_tables_are_the_same_in_pandas_and_polars_and_as_csv(run):
    for name in ("layers", "images", "rounds", "thresholds", "classes", "evaluation"):
        table = run.table(name)
        assert run.polars(name).columns == list(table.columns)
        assert run.polars(name).height == len(table)
        csv = pandas.read_csv(pathlib.Path(run.address) / f"metrics/{name}.csv")
        assert list(csv.columns) == list(table.columns)


def test_images_that_differ_carry_the_names_of_their_classes(run):
    different = run.images("different")
    assert (different["float_class"] != different["quantized_class"]).all()
    assert different["float_class_name"].tolist() == [run.classes[c] for c in different["float_class"]]
    assert different["float_margin"].is_monotonic_decreasing
    assert len(run.images("lost")) + len(run.images("gained")) <= len(different)
    assert len(run.images()) == run.summary["images_evaluated"]


def test_an_object_that_changed_since_its_commit_is_refused(run, tmp_path):
    copy = shutil.copytree(run.address, tmp_path / "copy")
    model = next(copy.glob("model/**/model.onnx"))
    content = bytearray(model.read_bytes())
    content[100] ^= 1
    model.write_bytes(content)
    with pytest.raises(thresher_runs.RunError, match="is not what its commit record names"):
        thresher_runs.Run(copy).read("model/model.onnx")


def test_a_download_is_the_object(run, tmp_path):
    file = run.download("model/model.tflite", tmp_path / "new")
    assert file.name == "model.tflite"
    assert file.read_bytes() == run.read("model/model.tflite")


def test_hubs_read_the_card(run):
    hub = pytest.importorskip("huggingface_hub")
    parsed = hub.ModelCard(card(run, license="apache-2.0"))
    assert parsed.data.license == "apache-2.0"
    (result, *_) = parsed.data.eval_results
    assert result.metric_value == round(run.summary["quantized_top1"], 2)
    assert parsed.data.model_name == run.summary["network"]
    assert run.provenance["origin"]["model_sha256"] in parsed.text


def test_figures_show_every_layer_round_and_image(run):
    assert len(plots.layers(run).data[0].x) == len(run.table("layers"))
    assert len(plots.training({"one": run}).data[0].x) == run.summary["rounds"]
    assert sum(len(trace.x) for trace in plots.differences(run).data) == len(run.images("different"))


def test_every_runtime_is_timed(run, capsys):
    model = run.configuration["model.path"].strip('"')
    assert main(["latency", run.address, "--float", model, "--seconds", "0.1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:23].split() for line in lines] == [
        ["ONNX", "Runtime", "float"],
        ["ONNX", "Runtime", "integers"],
        ["LiteRT", "integers"],
    ]


@pytest.fixture(name="tracking")
def mlflow_server(tmp_path):
    """A real tracking server of its own."""
    python = os.environ.get("THRESHER_MLFLOW")
    if not python:
        pytest.skip("THRESHER_MLFLOW names no Python that has mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db", "--artifacts-destination", f"{tmp_path}/artefacts"]
    with open(tmp_path / "server.log", "w") as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            wait(server, port, tmp_path / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait(server, port, log):
    for _ in range(10 * SERVER_SECONDS):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail("MLflow's server does not answer: " + log.read_text())


def test_a_run_is_logged_to_a_real_server_once_with_its_model_registered(run, tracking, tmp_path):
    from mlflow.tracking import MlflowClient

    from thresher_runs.mlflow import log

    run_id = log(run, "shapes", tracking, register="shapes-int8")
    assert log(run, "shapes", tracking, register="shapes-int8") == run_id
    client = MlflowClient(tracking_uri=tracking)
    logged = client.get_run(run_id)
    assert logged.info.status == "FINISHED"
    assert logged.data.metrics["agreement"] == run.summary["agreement"]
    assert logged.data.params["finetune.epochs"] == run.configuration["finetune.epochs"]
    assert [m.value for m in client.get_metric_history(run_id, "loss")] == run.table("rounds")["loss"].tolist()
    model = pathlib.Path(client.download_artifacts(run_id, "model/model.onnx", str(tmp_path)))
    assert model.read_bytes() == run.read("model/model.onnx")
    (version,) = client.search_model_versions("name = 'shapes-int8'")
    assert version.run_id == run_id
