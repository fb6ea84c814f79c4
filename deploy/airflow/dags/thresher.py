"""Quantize a network to int8 on Spark: sample, calibrate, finetune, export, evaluate, publish.

Every task is one Thresher job of **one run**, whose id is made of the DAG's id and the logical date. A task
that is tried again, or cleared, continues that run: what is committed stays, fine-tuning goes on after its
newest checkpoint. `evaluate` is the gate: where it is missed nothing is published. The model that `publish`
promotes emits the asset `thresher-published`.

How it is set up (environment, connections, Kubernetes): `deploy/airflow/README.md`.
"""

from __future__ import annotations

import glob
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

from airflow.sdk import DAG, Asset, BaseHook, Param
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException

SPARK_CONNECTION = "thresher_spark"
STORE_CONNECTION = "thresher_store"
PUBLISHED = Asset(name="thresher-published", uri="x-thresher://published", group="thresher")

# What a task does with the exit codes of Thresher that another try cannot change.
FINAL = {
    2: "its configuration is wrong",
    3: "an input, the run or the store cannot be used",
    4: "the quality gate is missed; the run is complete, and nothing is published",
    5: "another job has taken the run over and goes on with it",
    6: "something of the run is damaged",
}
GATE_MISSED = 4
SECRET = re.compile(r"access-key|secret|token|password", re.IGNORECASE)
EXIT_CODE = re.compile(r"(?:Error|spark exit) code is: (-?\d+)")


def setting(name: str, default: str) -> str:
    """A setting of the deployment: of all runs, and not of anybody's form."""
    return os.environ.get(f"THRESHER_{name}", default)


HOME = setting("HOME", "/opt/thresher")


def parameters() -> dict[str, Param]:
    """The form. THRESHER_DEFAULTS, a JSON object, replaces the defaults; scheduled runs have no other values."""
    own = json.loads(setting("DEFAULTS", "{}"))

    def param(name: str, default: Any, title: str, description: str, **schema: Any) -> Param:
        return Param(own.pop(name, default), title=title, description_md=description, **schema)

    optional = "Empty: as the configuration files say, or Thresher's default."
    form = {
        "network": param(
            "network", "s3a://thresher/networks/network.onnx", "Float network",
            "An ONNX (`.onnx`) or Keras (`.h5`) file. A path, `s3a://` or `hdfs://`; read by the driver.",
            type="string", minLength=1),
        "preprocessing": param(
            "preprocessing", None, "Preprocessing of images", optional,
            type=["null", "string"], enum=[None, "imagenet-torchvision", "imagenet-minus-one-to-one"]),
        "train": param(
            "train", ["s3a://thresher/images/train"], "Images to sample",
            "Folders, lists or archives, one a line; labels are not read. Executors read them.",
            type="array", items={"type": "string", "minLength": 1}, minItems=1),
        "validation": param(
            "validation", None, "Images to evaluate on",
            "Empty: evaluation is agreement with the float network on the sample.", type=["null", "string"]),
        "labels": param(
            "labels", None, "Classes or labels of the images to evaluate on", optional, type=["null", "string"]),
        "store": param(
            "store", "s3a://thresher/models", "Store",
            "Where runs are written: `s3a://BUCKET/PREFIX`, `hdfs://NAME/PATH` or `file:///PATH`.",
            type="string", minLength=1),
        "fraction": param(
            "fraction", None, "Part of the images to work with", "Above 0, at most 1. " + optional,
            type=["null", "number"], exclusiveMinimum=0, maximum=1),
        "epochs": param(
            "epochs", None, "Epochs of fine-tuning", "0 quantizes without training. " + optional,
            type=["null", "number"], minimum=0),
        "granularity": param(
            "granularity", None, "Granularity of weights", optional,
            type=["null", "string"], enum=[None, "per-filter", "per-tensor"]),
        "scheme": param(
            "scheme", None, "Ranges of activations", optional,
            type=["null", "string"], enum=[None, "symmetric", "asymmetric"]),
        "max_drop": param(
            "max_drop", None, "Gate: points of Top-1 that may be lost",
            "0 to 100; needs labels. " + optional, type=["null", "number"], minimum=0, maximum=100),
        "min_agreement": param(
            "min_agreement", 95.0, "Gate: percent of images with the float network's first class",
            "0 to 100. " + optional, type=["null", "number"], minimum=0, maximum=100),
        "configuration": param(
            "configuration", [], "Configuration files",
            "Paths on the driver, or names that Thresher brings (`mobilenet-v2.conf`), one a line; later ones win, "
            "and this form wins over all of them.", type="array", items={"type": "string"}),
        "settings": param(
            "settings", {}, "Further settings",
            "Keys of `conf/reference.conf` and their values. No credentials.", type="object"),
    }
    if own:
        raise ValueError(f"THRESHER_DEFAULTS has no parameter {', '.join(own)}; there are {', '.join(form)}")
    return form


# Parameter -> key of conf/reference.conf.
KEYS = {
    "network": "model.path",
    "preprocessing": "model.preprocessing",
    "train": "data.train",
    "validation": "data.validation",
    "labels": "data.labels",
    "fraction": "sample.fraction",
    "epochs": "finetune.epochs",
    "granularity": "quantize.granularity",
    "scheme": "quantize.scheme",
    "max_drop": "evaluate.max-drop",
    "min_agreement": "evaluate.min-agreement",
}


def run_id(dag_id: str, date: datetime) -> str:
    """The run's id by Thresher's rule, [A-Za-z0-9._-]{1,80}: equal for every try, different for every date."""
    utc = date.astimezone(timezone.utc)
    stamp = utc.strftime("%Y%m%dT%H%M%S") + (f".{utc.microsecond:06d}" if utc.microsecond else "") + "Z"
    name = re.sub(r"[^A-Za-z0-9._-]", "-", dag_id)
    most = 80 - len(stamp) - 1
    if name != dag_id or len(name) > most:
        # What was cut off or replaced must not make two DAGs write one run.
        name = f"{name[: most - 9]}-{sha256(dag_id.encode()).hexdigest()[:8]}"
    return f"{name}-{stamp}"


def arguments(job: str, run: str, params: Mapping[str, Any]) -> list[str]:
    """
    The words of Thresher's command line: the whole configuration each time. A run keeps what shapes its result, but
    not its gate, and a job with other values than the run was begun with is refused.
    """
    words = [job, "--run", run, "--set", f"store.root={params['store']}"]
    for file in params["configuration"]:
        words += ["--conf", file]
    values = {key: params[name] for name, key in KEYS.items() if params[name] is not None}
    for key, value in {**values, **params["settings"]}.items():
        if SECRET.search(key):
            raise AirflowFailException(
                f"Setting {key} would show a credential on a command line; "
                f"put it into the connection {STORE_CONNECTION} or into the environment")
        words += ["--set", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
    return words


def failure(job: str, run: str, store: str, code: int | None, output: str) -> AirflowException:
    """What is told of a job that failed: an exception that allows another try where one can help."""
    address = f"{store.rstrip('/')}/runs/{run}"
    reason = FINAL.get(code, "") if code is not None else ""
    said = [line.strip() for line in output.splitlines() if line.strip().startswith("thresher: ")]
    ended = f"ended with code {code}" if code is not None else "failed"
    lines = [f"Thresher's {job} of run {run} {ended}" + (f": {reason}." if reason else ".")]
    lines += said or output.strip().splitlines()[-20:]
    lines += [f"Run: {address}", f"Report, once evaluate is done: {address}/report.html"]
    text = "\n".join(lines)
    return AirflowFailException(text) if reason else AirflowException(text + "\nAnother try continues this run.")


class RunMixin:
    """A task that is one job of the run; in front of an operator that knows how to start a driver."""

    def __init__(self, *, job: str, **kwargs: Any) -> None:
        super().__init__(task_id=job, **kwargs)
        self.job = job
        self.code: int | None = None

    def of_run(self, context: Any) -> tuple[str, str, list[str]]:
        run = context["dag_run"]
        identifier = run_id(run.dag_id, run.logical_date or run.run_after)
        params = context["params"]
        return identifier, params["store"], arguments(self.job, identifier, params)

    def settle(self, error: AirflowException, run: str, store: str, code: int | None) -> None:
        """Raises what the task ends with, unless the job has done its part all the same."""
        if self.job == "report" and code == GATE_MISSED:
            return
        raise failure(self.job, run, store, code, str(error)) from None

    def emit(self, context: Any, run: str, store: str) -> None:
        if self.job == "publish":
            root = store.rstrip("/")
            context["outlet_events"][PUBLISHED].extra = {
                "run": run, "store": root, "address": f"{root}/runs/{run}", "published": f"{root}/published"}


def spark_settings() -> dict[str, str]:
    """Spark's settings that Thresher needs, and those of THRESHER_SPARK_CONF over them."""
    hadoop = ":".join(sorted(glob.glob(f"{HOME}/jobs/target/spark/hadoop-client-*.jar")))
    return {
        "spark.driver.defaultJavaOptions": "--add-modules=jdk.incubator.vector",
        "spark.executor.defaultJavaOptions": "--add-modules=jdk.incubator.vector",
        "spark.driver.memory": "4g",
        # Spark 3.5's own Hadoop is older than conditional writes over s3a.
        "spark.driver.extraClassPath": hadoop,
        "spark.executor.extraClassPath": hadoop,
        **json.loads(setting("SPARK_CONF", "{}")),
    }


@contextmanager
def environment() -> Iterator[None]:
    """This process's environment, with spark-submit on the path and the store's connection, if there is one."""
    before = dict(os.environ)
    try:
        if "SPARK_HOME" in os.environ:
            os.environ["PATH"] = f"{os.environ['SPARK_HOME']}/bin:{os.environ.get('PATH', '')}"
        os.environ.update(store_environment())
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def store_environment() -> dict[str, str]:
    """The variables by which Thresher knows a store: those of the connection, which may be absent."""
    try:
        store = BaseHook.get_connection(STORE_CONNECTION)
    except AirflowNotFoundException:
        return {}
    extra = store.extra_dejson
    values = {
        "AWS_ACCESS_KEY_ID": store.login,
        "AWS_SECRET_ACCESS_KEY": store.password,
        "AWS_SESSION_TOKEN": extra.get("aws_session_token"),
        "AWS_ENDPOINT_URL_S3": extra.get("endpoint_url"),
        "AWS_REGION": extra.get("region_name"),
    }
    return {name: value for name, value in values.items() if value}


def spark_submit() -> type:
    """The driver runs on the worker, through spark-submit in client mode."""
    from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator

    class SparkSubmitRun(RunMixin, SparkSubmitOperator):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(
                conn_id=SPARK_CONNECTION,
                application=f"{HOME}/jobs/target/thresher-jobs.jar",
                java_class="dev.thresher.jobs.Main",
                name="thresher",
                **kwargs,
            )

        def execute(self, context: Any) -> None:
            run, store, self.application_args = self.of_run(context)
            self.require_connection()
            jars = sorted(glob.glob(f"{HOME}/jobs/target/lib/*.jar"))
            if not jars:
                raise AirflowFailException(f"No jars are in {HOME}/jobs/target/lib; set THRESHER_HOME to a built Thresher")
            self.jars = ",".join(jars)
            self.conf = spark_settings()
            with environment():
                try:
                    super().execute(context)
                except AirflowException as error:
                    codes = [int(code) for code in EXIT_CODE.findall(str(error))]
                    self.settle(error, run, store, next((code for code in reversed(codes) if code), None))
            self.emit(context, run, store)

        @staticmethod
        def require_connection() -> None:
            try:
                BaseHook.get_connection(SPARK_CONNECTION)
            except AirflowNotFoundException:
                # The hook would take YARN instead.
                raise AirflowFailException(
                    f"There is no connection {SPARK_CONNECTION}; add one of type spark with the master as its host"
                ) from None

    return SparkSubmitRun


def kubernetes() -> type:
    """The driver runs in a pod of THRESHER_IMAGE and asks Kubernetes for its executors."""
    from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
    from kubernetes.client import models as k8s

    image = setting("IMAGE", "thresher:0.1.0")
    namespace = setting("NAMESPACE", "thresher")
    inside = "/opt/thresher"
    templates = f"{inside}/deploy/kubernetes"
    settings = {
        "spark.driver.host": "$(SPARK_DRIVER_BIND_ADDRESS)",
        # Executors go when the pod goes.
        "spark.kubernetes.driver.pod.name": "$(POD_NAME)",
        "spark.kubernetes.namespace": namespace,
        "spark.kubernetes.container.image": image,
        "spark.kubernetes.executor.podTemplateFile": f"{templates}/executor-pod.yaml",
        **json.loads(setting("SPARK_CONF", "{}")),
    }
    words = ["driver", "--master", "k8s://https://kubernetes.default.svc", "--properties-file", f"{templates}/spark.conf"]
    words += [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
    words += ["--class", "dev.thresher.jobs.Main", f"local://{inside}/jobs/target/thresher-jobs.jar"]

    def of_the_pod(name: str, field: str) -> k8s.V1EnvVar:
        source = k8s.V1EnvVarSource(field_ref=k8s.V1ObjectFieldSelector(field_path=field))
        return k8s.V1EnvVar(name, value_from=source)

    class PodRun(RunMixin, KubernetesPodOperator):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(
                name=f"thresher-{kwargs['job']}",
                image=image,
                namespace=namespace,
                labels={"app.kubernetes.io/name": "thresher", "app.kubernetes.io/component": "driver"},
                service_account_name="thresher-driver",
                env_vars=[
                    of_the_pod("SPARK_DRIVER_BIND_ADDRESS", "status.podIP"), of_the_pod("POD_NAME", "metadata.name")],
                env_from=[k8s.V1EnvFromSource(
                    secret_ref=k8s.V1SecretEnvSource(name=setting("SECRET", "thresher-store")))],
                security_context=k8s.V1PodSecurityContext(
                    run_as_non_root=True, run_as_user=185, run_as_group=185, fs_group=185,
                    seccomp_profile=k8s.V1SeccompProfile(type="RuntimeDefault")),
                container_security_context=k8s.V1SecurityContext(
                    allow_privilege_escalation=False, read_only_root_filesystem=True,
                    capabilities=k8s.V1Capabilities(drop=["ALL"])),
                volumes=[k8s.V1Volume(name="tmp", empty_dir=k8s.V1EmptyDirVolumeSource(size_limit="4Gi"))],
                volume_mounts=[k8s.V1VolumeMount(name="tmp", mount_path="/tmp")],
                container_resources=k8s.V1ResourceRequirements(
                    requests={"cpu": "1", "memory": "6Gi"}, limits={"memory": "6Gi"}),
                # The end of the log, with Thresher's own words, becomes the message of the failure.
                termination_message_policy="FallbackToLogsOnError",
                log_pod_spec_on_failure=False,
                # The next try starts a pod of its own, which takes the run over from one that is still there.
                durable=False,
                **kwargs,
            )

        def execute(self, context: Any) -> None:
            run, store, job = self.of_run(context)
            self.arguments = [*words, *job]
            try:
                super().execute(context)
            except AirflowException as error:
                self.settle(error, run, store, self.code)
            self.emit(context, run, store)

        def cleanup(self, pod: Any, remote_pod: Any, *args: Any, **kwargs: Any) -> None:
            for status in (remote_pod and remote_pod.status and remote_pod.status.container_statuses) or []:
                if status.name == self.base_container_name and status.state and status.state.terminated:
                    self.code = status.state.terminated.exit_code
            super().cleanup(pod, remote_pod, *args, **kwargs)

    return PodRun


def operator() -> type:
    """The operator that THRESHER_OPERATOR chooses; only its provider has to be installed."""
    operators = {"spark-submit": spark_submit, "kubernetes": kubernetes}
    choice = setting("OPERATOR", "spark-submit")
    if choice not in operators:
        raise ValueError(f"THRESHER_OPERATOR is '{choice}'; it can be {' or '.join(operators)}")
    return operators[choice]()


with DAG(
    dag_id=setting("DAG_ID", "thresher"),
    description="Quantize a network to int8 on Spark, and publish it where it is good enough",
    doc_md=__doc__,
    schedule=setting("SCHEDULE", "@weekly") or None,
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    params=parameters(),
    tags=["thresher", "spark"],
    default_args={
        "retries": int(setting("RETRIES", "3")),
        "retry_delay": timedelta(seconds=int(setting("RETRY_SECONDS", "60"))),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=30),
    },
) as dag:
    Job = operator()
    sample, calibrate, finetune, export, evaluate = (
        Job(job=job) for job in ("sample", "calibrate", "finetune", "export", "evaluate"))
    # Written also where the gate is missed: that is when people look at it.
    report = Job(job="report", trigger_rule="all_done")
    publish = Job(job="publish", outlets=[PUBLISHED])
    sample >> calibrate >> finetune >> export >> evaluate >> [report, publish]
