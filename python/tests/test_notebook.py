"""The notebook `examples/features.ipynb` runs, and its outputs are those that it shows.

`RUNEBLOCKS_RENEW=1` renews them. Pictures are not compared, and neither is the text of cells that are tagged `varies`.
"""

import os
import pathlib

import pytest

for package in ("nbclient", "ipykernel", "matplotlib", "sklearn"):
    pytest.importorskip(package, reason=f"{package} is not installed")

import nbformat
from nbclient import NotebookClient

PATH = pathlib.Path(__file__).parents[2] / "examples/features.ipynb"


def shown(cell):
    """The text of a cell's outputs, and how many pictures there are."""
    outputs = cell.get("outputs", [])
    texts = [output.get("text") or output["data"]["text/plain"] for output in outputs]
    return "".join(texts), sum("image/png" in output.get("data", {}) for output in outputs)


def test_notebook():
    notebook = nbformat.read(PATH, as_version=4)
    kept = [shown(cell) for cell in notebook.cells]
    NotebookClient(
        notebook, timeout=300, record_timing=False, resources={"metadata": {"path": str(PATH.parent)}}
    ).execute()
    notebook.metadata["language_info"] = {"name": "python"}
    if os.environ.get("RUNEBLOCKS_RENEW"):
        nbformat.write(notebook, PATH)
        return
    for cell, (text, pictures) in zip(notebook.cells, kept):
        new, drawn = shown(cell)
        assert drawn == pictures, cell.source
        if "varies" not in cell.metadata.get("tags", []):
            assert new == text, f"{cell.source}\nRUNEBLOCKS_RENEW=1 renews the outputs"
    assert PATH.stat().st_size < 600_000 and str(PATH.parents[2]) not in PATH.read_text(encoding="utf-8")
