"""The notebooks run, and the outputs of `examples/features.ipynb` are those that it shows.

`RUNEBLOCKS_RENEW=1` renews them. Pictures are not compared, and neither is the text of cells that are tagged `varies`.
`examples/calibration.ipynb` shows recordings of people, which are not in the repository: with `RUNEBLOCKS_RENEW=1`, and
`RUNEBLOCKS_SHARED` for the folder that holds them, it is renewed; else it runs on recordings that it makes.
"""

import os
import pathlib
import tempfile

import pytest

for package in ("nbclient", "ipykernel", "matplotlib", "sklearn"):
    pytest.importorskip(package, reason=f"{package} is not installed")

import nbformat
from nbclient import NotebookClient

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
PATH = EXAMPLES / "features.ipynb"
RENEW = os.environ.get("RUNEBLOCKS_RENEW")


def shown(cell):
    """The text of a cell's outputs, and how many pictures there are."""
    outputs = cell.get("outputs", [])
    texts = [output.get("text") or output["data"]["text/plain"] for output in outputs]
    return "".join(texts), sum("image/png" in output.get("data", {}) for output in outputs)


def execute(path):
    """The notebook, run."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=300, record_timing=False, resources={"metadata": {"path": str(EXAMPLES)}}
    ).execute()
    notebook.metadata["language_info"] = {"name": "python"}
    if RENEW:
        nbformat.write(notebook, path)
    return notebook


def check_file(path):
    """It is small, and names no folder of the machine that it was run on."""
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 600_000 and str(EXAMPLES.parent) not in text and tempfile.gettempdir() not in text


def test_notebook():
    kept = [shown(cell) for cell in nbformat.read(PATH, as_version=4).cells]
    notebook = execute(PATH)
    if RENEW:
        return
    for cell, (text, pictures) in zip(notebook.cells, kept):
        new, drawn = shown(cell)
        assert drawn == pictures, cell.source
        if "varies" not in cell.metadata.get("tags", []):
            assert new == text, f"{cell.source}\nRUNEBLOCKS_RENEW=1 renews the outputs"
    check_file(PATH)


def test_calibration(monkeypatch):
    path = EXAMPLES / "calibration.ipynb"
    if not RENEW:
        monkeypatch.delenv("RUNEBLOCKS_SHARED", raising=False)
    elif not os.environ.get("RUNEBLOCKS_SHARED"):
        pytest.skip("RUNEBLOCKS_SHARED does not name the folder of the recordings that the notebook shows")
    kept = [shown(cell)[1] for cell in nbformat.read(path, as_version=4).cells]
    notebook = execute(path)
    assert RENEW or [shown(cell)[1] for cell in notebook.cells] == kept
    check_file(path)
