"""Reads the artefacts of Thresher's runs, from folders and from s3://; writes nothing.

A run is addressed by its folder, `<store.root>/runs/<run-id>`. Objects are found through the
commit records of its stages, and held against the size and SHA-256 that those name. For s3://,
credentials and region come from the environment, as does the address of a store other than
Amazon's (AWS_ENDPOINT_URL_S3).
"""

import hashlib
import io
import json
import os
import re

import pyarrow.parquet
from pyarrow import fs

STAGES = ("sample", "calibrate", "finetune", "export", "evaluate", "report")


class RunError(Exception):
    """A run that cannot be read, and why."""


def _store(address):
    if not address.startswith(("s3://", "s3a://")):
        return fs.LocalFileSystem(), address
    options = {}
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3")
    if endpoint:
        scheme, _, host = endpoint.rpartition("://")
        options = {"endpoint_override": host, "scheme": scheme or "https"}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if region:
        options["region"] = region
    return fs.S3FileSystem(**options), address.split("://", 1)[1]


class Run:
    """One run, opened at its address."""

    def __init__(self, address):
        self.address = str(address).rstrip("/")
        self._files, self._root = _store(self.address)
        self._objects = {}
        for stage in STAGES:
            record = self._bytes(f"stages/{stage}.json")
            if record is not None:
                for entry in json.loads(record)["objects"]:
                    self._objects[self._name(entry["key"])] = entry
        if not self._objects:
            raise RunError(
                f"There is no run at {self.address}: no stage is committed there. Give the folder"
                " <store.root>/runs/<run-id> that a job printed as its results."
            )

    @staticmethod
    def _name(key):
        """A key without its writer's folder, where the object was put into one."""
        return re.sub(r"writer-\d+/(?=[^/]+$)", "", key)

    def _bytes(self, key):
        path = f"{self._root}/{key}"
        if self._files.get_file_info(path).type != fs.FileType.File:
            return None
        with self._files.open_input_stream(path) as stream:
            return stream.read()

    def _committed(self, name):
        entry = self._objects.get(name)
        if entry is None:
            return None
        content = self._bytes(entry["key"])
        if content is None or hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise RunError(
                f"{entry['key']} of {self.address} is gone or is not what its commit record names."
            )
        return content

    @property
    def summary(self):
        """summary.json as a dictionary."""
        content = self._committed("summary.json")
        if content is None:
            raise RunError(f"Run {self.address} is not evaluated yet: it has no summary.json.")
        return json.loads(content)

    @property
    def configuration(self):
        """The resolved configuration, key to printed value."""
        content = (self._bytes("config.conf") or b"").decode()
        pairs = (line.split(" = ", 1) for line in content.splitlines() if " = " in line)
        return {key: value for key, value in pairs}

    def table(self, name):
        """A table of metrics/ as a data frame; with its columns and no rows where it has no subject."""
        content = self._committed(f"metrics/{name}.parquet")
        if content is None:
            raise RunError(
                f"Run {self.address} has no table {name}: no stage committed it. Evaluate the run, with a release"
                " that writes this table."
            )
        return pyarrow.parquet.read_table(io.BytesIO(content)).to_pandas()
