"""One run."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pathlib
import re
from typing import TYPE_CHECKING, Any

import pyarrow
import pyarrow.parquet

from thresher_runs.files import Files

if TYPE_CHECKING:
    import pandas
    import polars

STAGES = ("sample", "calibrate", "finetune", "export", "evaluate", "report")


class RunError(Exception):
    """A run that cannot be read, and why."""


class Run:
    """One run, opened at its address, `<store.root>/runs/<run-id>`.

    Objects are found through the commit records of the run's stages, and held against the size and the SHA-256 that
    those name.
    """

    def __init__(self, address: str | os.PathLike[str]) -> None:
        self._files = Files(address)
        self.address = self._files.address
        self._records: dict[str, dict[str, Any]] = {}
        self._objects: dict[str, dict[str, Any]] = {}
        for stage in STAGES:
            content = self._files.read(f"stages/{stage}.json")
            if content is not None:
                record = json.loads(content)
                self._records[stage] = record
                for entry in record["objects"]:
                    self._objects[_name(entry["key"])] = entry
        if not self._records:
            raise RunError(
                f"There is no run at {self.address}: no stage is committed there. Give the folder"
                " <store.root>/runs/<run-id> that a job printed as its results."
            )

    def __repr__(self) -> str:
        return f"Run({self.address!r})"

    @property
    def stages(self) -> dict[str, float]:
        """Seconds of each stage that is committed, in their order."""
        return {stage: record["seconds"] for stage, record in self._records.items()}

    @property
    def names(self) -> list[str]:
        """The names of all committed objects, such as `model/model.onnx`."""
        return sorted(self._objects)

    def read(self, name: str) -> bytes:
        """The content of a committed object."""
        content = self._committed(name)
        if content is None:
            raise RunError(f"Run {self.address} has no {name}. It has: {', '.join(self.names)}.")
        return content

    def download(self, name: str, folder: str | os.PathLike[str]) -> pathlib.Path:
        """Writes a committed object into a folder, under the last part of its name, and returns the file."""
        content = self.read(name)
        file = pathlib.Path(folder) / pathlib.PurePosixPath(name).name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    @property
    def summary(self) -> dict[str, Any]:
        """summary.json."""
        return self._json("summary.json")

    @property
    def provenance(self) -> dict[str, Any]:
        """provenance.json: from what, and by what, the run was made."""
        return self._json("provenance.json")

    def _json(self, name: str) -> dict[str, Any]:
        content = self._committed(name)
        if content is None:
            raise RunError(f"Run {self.address} is not evaluated yet: it has no {name}.")
        parsed: dict[str, Any] = json.loads(content)
        return parsed

    @property
    def configuration(self) -> dict[str, str]:
        """The resolved configuration, key to printed value."""
        content = (self._files.read("config.conf") or b"").decode()
        pairs = (line.split(" = ", 1) for line in content.splitlines() if " = " in line)
        return {key: value for key, value in pairs}

    def arrow(self, name: str) -> pyarrow.Table:
        """A table of metrics/; with its columns and no rows where it has no subject."""
        content = self._committed(f"metrics/{name}.parquet")
        if content is None:
            raise RunError(
                f"Run {self.address} has no table {name}: no stage committed it. Evaluate the run, with a release"
                " that writes this table."
            )
        return pyarrow.parquet.read_table(io.BytesIO(content))

    def table(self, name: str) -> pandas.DataFrame:
        """A table of metrics/ as a data frame of pandas."""
        frame: pandas.DataFrame = self.arrow(name).to_pandas()
        return frame

    def polars(self, name: str) -> polars.DataFrame:
        """A table of metrics/ as a data frame of polars."""
        import polars

        frame = polars.from_arrow(self.arrow(name))
        assert isinstance(frame, polars.DataFrame)
        return frame

    @property
    def classes(self) -> dict[int, str]:
        """The name of each class, as the labels file has it, else as images are sorted; empty without either."""
        titles = self._committed("sample/classes.json")
        if titles is not None:
            return dict(enumerate(json.loads(titles)))
        table = self.arrow("classes").to_pylist()
        return {row["class"]: row["name"] for row in table if row["name"]}

    def images(self, outcome: str | None = None) -> pandas.DataFrame:
        """The images of the evaluation with the names of their classes, those first on which the float network was
        surest.

        outcome: `lost`, `gained`, ... (SCHEMA.md, table images), "different" for all but `same`, None for all.
        """
        frame = self.table("images")
        names = self.classes
        for column in ("label", "float_class", "untrained_class", "quantized_class"):
            frame[column + "_name"] = frame[column].map(names)
        if outcome == "different":
            frame = frame[frame["outcome"] != "same"]
        elif outcome is not None:
            frame = frame[frame["outcome"] == outcome]
        return frame.sort_values("float_margin", ascending=False)

    def _committed(self, name: str) -> bytes | None:
        entry = self._objects.get(name)
        if entry is None:
            return None
        content = self._files.read(entry["key"])
        if content is None or hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise RunError(
                f"{entry['key']} of {self.address} is gone or is not what its commit record names. Ask"
                " 'thresher fsck' what else is damaged."
            )
        return content


def _name(key: str) -> str:
    """A key without its writer's folder, where the object was put into one."""
    return re.sub(r"writer-\d+/(?=[^/]+$)", "", key)
