"""The programs in `examples/python` learn."""

import os
import pathlib
import re
import subprocess
import sys
import wave

import pytest
from cases import sound

FOLDER = pathlib.Path(__file__).parents[2] / "examples/python"
ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
NEEDS = {"sklearn": ["sklearn"], "keras": ["keras", "tensorflow"], "torch": ["torch"]}


def run(name, *args):
    command = [sys.executable, FOLDER / f"{name}_words.py", *args]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)


@pytest.mark.parametrize("name", NEEDS)
def test_words(name):
    for package in NEEDS[name]:
        pytest.importorskip(package, reason=f"{package} is not installed")
    result = run(name, "--clips", "240", "--epochs", "10")
    assert result.returncode == 0, result.stderr
    (accuracy,) = re.findall(r"([\d.]+)% of 60 held-out clips right", result.stdout)
    assert float(accuracy) > 60, result.stdout


def test_a_folder_of_words(tmp_path):
    pytest.importorskip("sklearn", reason="sklearn is not installed")
    assert "0 folders with sound files: expected at least two" in run("sklearn", "--data", tmp_path).stderr
    for word, loudness in ("loud", 1), ("soft", 50):
        (tmp_path / word).mkdir()
        for clip in range(40):
            with wave.open(str(tmp_path / word / f"speaker{clip}_nohash_0.wav"), "wb") as file:
                file.setparams((1, 2, 16000, 0, "NONE", ""))
                file.writeframes((sound(16000 - 100 * clip, clip) // loudness).astype("<i2").tobytes())
    result = run("sklearn", "--data", tmp_path)
    assert result.returncode == 0, result.stderr
    assert "% of 16 held-out clips right" in result.stdout
