"""Manifests against the schemas that Kubernetes and the Spark operator publish; deploy/kubernetes/check starts it."""

from __future__ import annotations

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import kubernetes_validate
import yaml
from kubeflow_spark_api.models.spark_v1beta2_spark_application import SparkV1beta2SparkApplication

HERE = Path(__file__).parent
VERSIONS = ["1.29.0", "1.33.0", "1.37.0"]
OPERATED = "sparkoperator.k8s.io/v1beta2"


def documents() -> list[tuple[str, dict]]:
    return [
        (f"{file.name} {document['kind']} {document['metadata'].get('name', '')}", document)
        for file in sorted(HERE.glob("*.yaml"))
        for document in yaml.safe_load_all(file.read_text())
    ]


def unknown(given, read, path="") -> list[str]:
    """What of a document its model did not take: the model passes over fields that it does not know."""
    if isinstance(given, dict):
        taken = read if isinstance(read, dict) else {}
        return [found for key, value in given.items()
                for found in ([f"{path}.{key}"] if key not in taken else unknown(value, taken[key], f"{path}.{key}"))]
    if isinstance(given, list):
        return [found for i, value in enumerate(given) for found in unknown(value, read[i], f"{path}[{i}]")]
    return [] if given == read else [f"{path}: {given!r} became {read!r}"]


class Schemas(unittest.TestCase):
    def test_kubernetes_takes_every_object(self):
        for name, document in documents():
            if document["apiVersion"] == OPERATED:
                continue
            for version in VERSIONS:
                with self.subTest(name, version=version):
                    kubernetes_validate.validate(document, version, strict=True)

    def test_kubernetes_refuses_what_is_wrong(self):
        for change in ({"serviceAcountName": "x"}, {"containers": "none"}):
            pod = yaml.safe_load((HERE / "driver-pod.yaml").read_text())
            pod["spec"] |= change
            with self.assertRaises(kubernetes_validate.ValidationError):
                kubernetes_validate.validate(pod, VERSIONS[-1], strict=True)

    def test_the_spark_operator_takes_the_application(self):
        application = yaml.safe_load((HERE / "spark-application.yaml").read_text())
        self.assertEqual(unknown(application, SparkV1beta2SparkApplication.from_dict(application).to_dict()), [])

    def test_the_spark_operator_refuses_what_is_wrong(self):
        application = yaml.safe_load((HERE / "spark-application.yaml").read_text())
        application["spec"]["driver"]["memoryOverheed"] = "1g"
        self.assertEqual(unknown(application, SparkV1beta2SparkApplication.from_dict(application).to_dict()),
                         [".spec.driver.memoryOverheed"])
        application["spec"]["driver"]["cores"] = "one"
        with self.assertRaises(ValueError):
            SparkV1beta2SparkApplication.from_dict(application)


class Restrictions(unittest.TestCase):
    def pods(self):
        for name, document in documents():
            spec = document.get("spec", {})
            if document["kind"] == "Pod":
                container, = spec["containers"]
                yield name, document["metadata"]["labels"], spec["securityContext"], container
            elif document["kind"] == "SparkApplication":
                for part in ("driver", "executor"):
                    yield f"{name} {part}", spec[part]["labels"], spec[part]["podSecurityContext"], spec[part]

    def test_no_pod_is_root_or_writes_but_to_tmp(self):
        seen = 0
        for name, labels, pod, container in self.pods():
            seen += 1
            with self.subTest(name):
                self.assertTrue(pod["runAsNonRoot"])
                self.assertEqual(pod["seccompProfile"], {"type": "RuntimeDefault"})
                self.assertEqual(container["securityContext"], {
                    "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]}})
                self.assertEqual([m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")], ["/tmp"])
                # The network policy finds them by this.
                self.assertEqual(labels["app.kubernetes.io/name"], "thresher")
        self.assertEqual(seen, 4)

    def test_secrets_are_named_and_not_written(self):
        for file in HERE.iterdir():
            if file.suffix in (".yaml", ".conf"):
                self.assertIsNone(re.search(r"(?i)secret[-_]?(access)?[-_]?key\s*[:=]|kind: Secret$", file.read_text(), re.M))

    def test_operator_and_submit_agree(self):
        conf = dict(line.split(None, 1) for line in (HERE / "spark.conf").read_text().splitlines()
                    if line and not line.startswith("#"))
        spec = yaml.safe_load((HERE / "spark-application.yaml").read_text())["spec"]
        for key, value in spec["sparkConf"].items():
            self.assertEqual(conf[key], value, key)
        for part in ("driver", "executor"):
            self.assertEqual(conf[f"spark.{part}.memory"], spec[part]["memory"])
            self.assertEqual(conf[f"spark.{part}.memoryOverhead"], spec[part]["memoryOverhead"])
        self.assertEqual(conf["spark.kubernetes.container.image"], spec["image"])
        ports = {p["port"] for d in documents() if d[1]["kind"] == "NetworkPolicy"
                 for rule in d[1]["spec"]["ingress"] for p in rule["ports"]}
        self.assertEqual(ports, {int(conf["spark.driver.port"]), int(conf["spark.blockManager.port"])})


class Jars(unittest.TestCase):
    def test_merging_replaces_other_versions_of_the_same_artifact_alone(self):
        ours = ["hadoop-client-api-3.4.3.jar", "netty-transport-native-epoll-4.1.126.Final-linux-x86_64.jar",
                "netty-common-4.1.126.Final.jar", "snappy-java-1.1.10.5.jar", "guava-1.0.0-M2.1.jar", "s3-2.35.4.jar",
                "spark-core_2.12-3.5.8.jar", "opencv-4.13.0-1.5.13.jar", "opencv-4.13.0-1.5.13-linux-x86_64.jar"]
        base = ["hadoop-client-api-3.3.4.jar", "netty-transport-native-epoll-4.1.96.Final-linux-x86_64.jar",
                "netty-common-4.1.96.Final.jar", "snappy-java-1.1.10.3.jar", "spark-core_2.12-3.5.8.jar"]
        kept = ["spark-kubernetes_2.12-3.5.8.jar", "kubernetes-client-6.7.2.jar", "kubernetes-client-api-6.7.2.jar",
                "netty-transport-native-epoll-4.1.96.Final-linux-aarch_64.jar", "log4j-1.2-api-2.20.0.jar",
                "hadoop-yarn-server-web-proxy-3.3.4.jar", "netty-common-extras-1.0.jar"]
        with tempfile.TemporaryDirectory() as folder:
            here, there = Path(folder, "from"), Path(folder, "to")
            here.mkdir(), there.mkdir()
            for name in ours:
                (here / name).write_text("ours")
            for name in base + kept:
                (there / name).write_text("base")
            subprocess.run([HERE / "merge-jars", here, there], check=True)
            self.assertEqual({f.name: f.read_text() for f in there.iterdir()},
                             dict.fromkeys(kept, "base") | dict.fromkeys(ours, "ours"))
            self.assertFalse(here.exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
