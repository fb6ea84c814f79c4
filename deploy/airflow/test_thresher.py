"""The DAG in a real Airflow; deploy/airflow/check sets up what this needs and starts it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest
import warnings
from datetime import datetime, timezone
from pathlib import Path

HOME = Path(os.environ["THRESHER_HOME"])
DAGS = HOME / "deploy/airflow/dags"
DATA = Path(os.environ["THRESHER_CHECK_DATA"])
STORE = Path(os.environ["THRESHER_CLUSTER"]) / "store"
MOST_SECONDS = 1200

# One round of two shards is three steps of four images: rounds enough to be killed between.
SMALL = {
    "network": str(DATA / "shapes-mobilenet-v2.onnx"),
    "train": [str(DATA / "images/train")],
    "validation": str(DATA / "images/validation"),
    "labels": str(DATA / "images/train/synset_words.txt"),
    "store": "s3a://thresher/airflow",
    "configuration": [str(DATA / "small.conf")],
}


def bag(**environment: str):
    """What Airflow makes of the DAG file, and each warning on the way."""
    from airflow.dag_processing.dagbag import DagBag

    before = dict(os.environ)
    os.environ.update(environment)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = DagBag(DAGS)
        said = [str(w.message) for w in caught if "thresher" in str(w.filename)]
        return found, said + [str(w) for warned in found.captured_warnings.values() for w in warned]
    finally:
        os.environ.clear()
        os.environ.update(before)


class Import(unittest.TestCase):
    def test_both_operators_import_without_errors_and_warnings(self):
        for operator in ("spark-submit", "kubernetes"):
            with self.subTest(operator):
                found, said = bag(THRESHER_OPERATOR=operator)
                self.assertEqual(found.import_errors, {})
                self.assertEqual(said, [])
                dag = found.dags["thresher"]
                self.assertEqual(dag.max_active_runs, 1)
                self.assertFalse(dag.catchup)
                order = ["sample", "calibrate", "finetune", "export", "evaluate"]
                for task, after in zip(order, order[1:]):
                    self.assertIn(after, dag.get_task(task).downstream_task_ids)
                self.assertEqual(dag.get_task("evaluate").downstream_task_ids, {"report", "publish"})
                self.assertEqual([a.name for a in dag.get_task("publish").outlets], ["thresher-published"])
                for task in dag.tasks:
                    self.assertEqual(task.retries, int(os.environ["THRESHER_RETRIES"]))

    def test_every_parameter_is_typed_and_described(self):
        found, _ = bag()
        for name, param in found.dags["thresher"].params.items():
            schema = found.dags["thresher"].params.get_param(name).schema
            self.assertIn("type", schema, name)
            self.assertTrue(schema["title"] and schema["description_md"], name)
            self.assertIsNone(param if param == "" else None)

    def test_wrong_settings_are_import_errors_that_say_so(self):
        found, _ = bag(THRESHER_OPERATOR="yarn")
        self.assertIn("can be spark-submit or kubernetes", "".join(found.import_errors.values()))
        found, _ = bag(THRESHER_DEFAULTS='{"netwrok": "x"}')
        self.assertIn("netwrok", "".join(found.import_errors.values()))


class Rules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, str(DAGS))
        import thresher

        cls.dag = thresher

    def test_run_ids_keep_the_rule_and_tell_dates_and_dags_apart(self):
        date = datetime(2026, 11, 24, 16, 0, tzinfo=timezone.utc)
        self.assertEqual(self.dag.run_id("thresher", date), "thresher-20261124T160000Z")
        names = ["thresher", "team.a b", "team.a/b", "n" * 250, "n" * 249 + "m"]
        dates = [date, date.replace(microsecond=5), date.replace(second=1)]
        ids = [self.dag.run_id(name, when) for name in names for when in dates]
        self.assertEqual(len(set(ids)), len(ids))
        for run in ids:
            self.assertRegex(run, r"\A[A-Za-z0-9._-]{1,80}\Z")

    def test_every_job_brings_the_configuration_and_none_brings_credentials(self):
        from airflow.sdk.exceptions import AirflowFailException

        params = {name: param.value for name, param in self.dag.parameters().items()}
        params |= {"train": ["a b", "c"], "epochs": 2, "settings": {"run.seed": 7}}
        words = self.dag.arguments("sample", "r", params)
        self.assertEqual(words[:3], ["sample", "--run", "r"])
        for value in ('data.train=["a b", "c"]', "finetune.epochs=2", "run.seed=7"):
            self.assertIn(value, words)
        # The gate is not kept by the run: evaluate and publish must hear of it too.
        for job in ("evaluate", "publish"):
            self.assertEqual(self.dag.arguments(job, "r", params), [job, *words[1:]])
            self.assertIn("evaluate.min-agreement=95.0", words)
        with self.assertRaisesRegex(AirflowFailException, "credential"):
            self.dag.arguments("sample", "r", params | {"settings": {"store.s3.secret-key": "x"}})

    def test_only_what_another_try_can_change_is_tried_again(self):
        from airflow.sdk.exceptions import AirflowException, AirflowFailException

        for code in (2, 3, 4, 5, 6):
            self.assertIsInstance(self.dag.failure("evaluate", "r", "s3a://b/", code, ""), AirflowFailException)
        for code in (1, 137, -9, None):
            error = self.dag.failure("evaluate", "r", "s3a://b/", code, "x\nthresher: why")
            self.assertNotIsInstance(error, AirflowFailException)
            self.assertIsInstance(error, AirflowException)
            for part in ("run r", "s3a://b/runs/r/report.html", "thresher: why"):
                self.assertIn(part, str(error))


class WholeRun(unittest.TestCase):
    """Real jobs through spark-submit, written to an S3 server."""

    def test_a_killed_task_goes_on_and_the_model_is_published(self):
        run = self.begin("killed", "2026-11-24T10:00:00+00:00", {"epochs": 2})
        killed = self.kill_in_training(run)
        states = self.end(run)
        log = run.log.read_text()
        self.assertTrue(killed, "fine-tuning ended before it could be killed; see " + str(run.log))
        self.assertEqual({task: state for task, (state, _) in states.items() if state != "success"}, {})
        self.assertEqual(states["finetune"][1], 2)
        self.assertEqual({tries for task, (_, tries) in states.items() if task != "finetune"}, {1})
        self.assertRegex(log, r"finetune: resumes after round \d+")
        self.assertRegex(log, rf"Thresher's finetune of run {run.id} ended with code (-9|137)")
        self.assertTrue(list((STORE / "thresher/airflow/published").glob("*.json")))
        self.assertEqual(self.emitted()["run"], run.id)
        self.no_secret_in(log)

    def test_a_missed_gate_publishes_nothing_and_is_not_tried_again(self):
        run = self.begin("gate", "2026-11-24T11:00:00+00:00",
                         {"epochs": 0, "min_agreement": 100, "granularity": "per-tensor",
                          "settings": {"quantize.bits.weights": 3, "rescale.scope": "none"}})
        states = self.end(run)
        self.assertEqual(states["evaluate"], ("failed", 1))
        self.assertEqual(states["report"][0], "success")
        self.assertEqual(states["publish"][0], "upstream_failed")
        log = run.log.read_text()
        self.assertIn(f"Thresher's evaluate of run {run.id} ended with code 4", log)
        self.assertIn(f"s3a://thresher/airflow/runs/{run.id}/report.html", log)
        self.assertTrue((STORE / f"thresher/airflow/runs/{run.id}/report.html").exists())

    class Started:
        def __init__(self, name: str, date: str, process: subprocess.Popen, log: Path):
            stamp = datetime.fromisoformat(date).strftime("%Y%m%dT%H%M%SZ")
            self.id, self.date, self.process, self.log = f"thresher-{stamp}", date, process, log

    def begin(self, name: str, date: str, params: dict) -> Started:
        log = Path(os.environ["AIRFLOW_HOME"]) / f"{name}.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "airflow", "dags", "test", "thresher", date,
                 "--conf", json.dumps(SMALL | params)],
                stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        return self.Started(name, date, process, log)

    def kill_in_training(self, run: Started) -> bool:
        """Kills the driver of fine-tuning with SIGKILL when it has committed a checkpoint."""
        commits = STORE / f"thresher/airflow/runs/{run.id}/checkpoints/commits"
        done = STORE / f"thresher/airflow/runs/{run.id}/stages/finetune.json"
        deadline = time.monotonic() + MOST_SECONDS
        while run.process.poll() is None and time.monotonic() < deadline and not done.exists():
            if any(commits.glob("*.json")):
                for process in self.drivers(run.id):
                    os.kill(process, signal.SIGKILL)
                    return True
            time.sleep(0.05)
        return False

    @staticmethod
    def drivers(run: str) -> list[int]:
        found = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = file.read_bytes().split(b"\0")
            except OSError:
                continue
            if b"org.apache.spark.deploy.SparkSubmit" in words and b"finetune" in words and run.encode() in words:
                found.append(int(file.parent.name))
        return found

    def end(self, run: Started) -> dict[str, tuple[str, int]]:
        """State and number of tries of every task."""
        run.process.wait(MOST_SECONDS)
        from airflow.models.taskinstance import TaskInstance
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            tasks = session.scalars(select(TaskInstance)).all()
            states = {t.task_id: (str(t.state), t.try_number) for t in tasks
                      if t.logical_date == datetime.fromisoformat(run.date)}
        self.assertTrue(states, f"nothing ran; see {run.log}:\n" + run.log.read_text()[-2000:])
        print(f"{run.id}: " + ", ".join(f"{task} {state} ({tries})" for task, (state, tries) in states.items()))
        return states

    @staticmethod
    def emitted() -> dict:
        from airflow.models.asset import AssetEvent
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            return session.scalars(select(AssetEvent).order_by(AssetEvent.id.desc())).first().extra

    def no_secret_in(self, log: str) -> None:
        secret = json.loads(os.environ["AIRFLOW_CONN_THRESHER_STORE"])["password"]
        self.assertNotIn(secret, log)
        self.assertIsNone(re.search(r"Spark-Submit cmd: .*AWS_", log))


if __name__ == "__main__":
    unittest.main(verbosity=2)
