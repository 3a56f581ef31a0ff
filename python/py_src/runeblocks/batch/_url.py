"""Files at paths and URLs."""

from __future__ import annotations

import functools
import re
import urllib.parse
import urllib.request
from typing import Any

import pyarrow
import pyarrow.fs

_from_uri = pyarrow.fs.FileSystem.from_uri

WEB = ("http", "https", "ftp")


class Elsewhere(Exception):
    """A URL names no file of this machine."""


def local_path(url: str) -> str:
    """The path that a path or a `file://` URL is; raises `Elsewhere` for another URL."""
    if not re.match("[A-Za-z][A-Za-z0-9+.-]+://", url):
        return url
    parts = urllib.parse.urlsplit(url)
    if parts.scheme.lower() != "file":
        raise Elsewhere
    return urllib.request.url2pathname(parts.path)


def fetch(url: str) -> bytes:
    """What a file holds at a URL of a scheme that pyarrow knows. Raises `ValueError` for others, and `OSError`."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme.lower() not in WEB:
        try:
            files, root = _files(urllib.parse.urlunsplit((parts.scheme, parts.netloc, "", parts.query, "")))
        except pyarrow.ArrowInvalid as error:
            raise ValueError(f"{error}; {_engines(parts.scheme)}") from None
        key = urllib.parse.unquote(parts.path).lstrip("/")
        with files.open_input_file(f"{root}/{key}" if root else key) as file:
            return bytes(file.read())
    raise ValueError(_engines(parts.scheme))


@functools.lru_cache(maxsize=16)
def _files(url: str) -> tuple[Any, str]:
    files, root = _from_uri(url)
    return files, root.rstrip("/")


def _engines(scheme: str) -> str:
    return (
        f"{scheme}:// is not downloaded here; the engine does it: give the bytes that Daft's `.url.download()` or "
        "Ray's `read_binary_files` makes"
    )
