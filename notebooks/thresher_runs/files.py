"""Files of a store: a folder, or a prefix in S3."""

from __future__ import annotations

import os

from pyarrow import fs


class Files:
    """Reads files below an address. For s3://, credentials and region come from the environment, as does the
    address of a store other than Amazon's (AWS_ENDPOINT_URL_S3)."""

    def __init__(self, address: str | os.PathLike[str]) -> None:
        self.address = str(address).rstrip("/")
        self._system, self._root = _open(self.address)

    def read(self, key: str) -> bytes | None:
        """The content of a file; None where there is none."""
        path = f"{self._root}/{key}"
        if self._system.get_file_info(path).type != fs.FileType.File:
            return None
        with self._system.open_input_stream(path) as stream:
            content: bytes = stream.read()
        return content

    def folders(self, key: str) -> list[str]:
        """The names of the folders in a folder, sorted; none where it is not there."""
        selector = fs.FileSelector(f"{self._root}/{key}", allow_not_found=True)
        found = self._system.get_file_info(selector)
        return sorted(info.base_name for info in found if info.type == fs.FileType.Directory)


def _open(address: str) -> tuple[fs.FileSystem, str]:
    if not address.startswith(("s3://", "s3a://")):
        return fs.LocalFileSystem(), os.path.abspath(os.path.expanduser(address))
    options: dict[str, str] = {}
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3")
    if endpoint:
        scheme, _, host = endpoint.rpartition("://")
        options = {"endpoint_override": host, "scheme": scheme or "https"}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if region:
        options["region"] = region
    return fs.S3FileSystem(**options), address.split("://", 1)[1]
