"""What functions write: never over what they read, nor another file that is there unless they are told to."""

import inspect
import os
import pathlib
import shutil
import sys

import pytest
import runeblocks
from runeblocks import batch

ROOT = pathlib.Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="this system has no such links")


@pytest.fixture
def folder(tmp_path):
    """A pipeline with resources, and recordings of two splits."""
    keyword = ROOT / "models/keyword"
    words = "[silence, unknown, up, down, left, right]"
    runefile = (keyword / "Runefile.yml").read_text(encoding="utf-8")
    assert words in runefile
    runefile = runefile.replace("keyword_int8.tflite", "model.tflite").replace(words, "$words")
    runefile = runefile.replace("version: 2", "version: 2\nresources: { words: { path: words.txt } }")
    (tmp_path / "Runefile.yml").write_text(runefile, encoding="utf-8")
    (tmp_path / "words.txt").write_text("silence\nunknown\nup\ndown\nleft\nright\n")
    for ending in "tflite", "rehearsal.safetensors":
        shutil.copy(keyword / f"keyword_int8.{ending}", tmp_path / f"model.{ending}")
    lines = ["path,label,split"]
    for word in "up", "down":
        for number in range(4):
            name = f"{word}/{number}.wav"
            (tmp_path / word).mkdir(exist_ok=True)
            shutil.copy(ROOT / f"examples/clips/{word}.wav", tmp_path / name)
            lines.append(f"{name},{word},{'few' if number < 3 else 'val'}")
    (tmp_path / "manifest.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def report(folder, **how):
    runeblocks.evaluate(folder / "Runefile.yml", folder, split="few").report(folder / "aim.html", **how)


def calibrate(folder, **how):
    runeblocks.calibrate(folder / "Runefile.yml", folder, split="few", held_out="val", variants=0, **how)


def rehearse(folder, **how):
    runeblocks.rehearse(folder / "Runefile.yml", folder, split="few", **how)


WRITERS = [
    (report, "aim.html"),
    (calibrate, "Runefile-calibrated.yml"),
    (calibrate, "model-calibrated.tflite"),
    (calibrate, "model-calibrated.rehearsal.safetensors"),
    (rehearse, "model.rehearsal.safetensors"),
]

READ = ["Runefile.yml", "words.txt", "model.tflite", "manifest.csv", "up/0.wav", "down/3.wav"]


def contents(folder):
    """Every file and link, and what it holds."""
    return {
        path: os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def refused(folder, call, error, text):
    before = contents(folder)
    with pytest.raises(error, match=text):
        call()
    assert contents(folder) == before


@pytest.mark.parametrize("writer, name", WRITERS)
def test_what_is_read_is_never_written_over(folder, writer, name):
    aim = folder / name
    read = [*READ, *(["model.rehearsal.safetensors"] if writer is not rehearse else [])]
    for file in read:
        for link in os.symlink, os.link:
            aim.unlink(missing_ok=True)
            link(folder / file, aim)
            for how in {}, {"overwrite": True}:
                refused(folder, lambda: writer(folder, **how), ValueError, "what is read is never written over")


def test_a_report_is_not_written_over_what_was_read_by_its_own_name(folder, monkeypatch):
    found = runeblocks.evaluate(folder / "Runefile.yml", folder, split="few")
    monkeypatch.chdir(folder / "up")
    for file in READ:
        for path in folder / file, os.path.relpath(folder / file):
            refused(folder, lambda: found.report(path, overwrite=True), ValueError, "what is read is never written over")


@pytest.mark.parametrize("writer, name", WRITERS)
def test_what_is_there_is_replaced_only_when_told(folder, writer, name):
    aim = folder / name
    aim.write_text("of another")
    refused(folder, lambda: writer(folder), FileExistsError, "it is there already; give .*overwrite=True")
    writer(folder, overwrite=True)
    assert aim.read_bytes() != b"of another"
    assert not list(folder.glob(".runeblocks-*"))


def test_names_of_reports(folder):
    found = runeblocks.evaluate(folder / "Runefile.yml", folder, split="few")
    for name, error, text in [
        ("report.pdf", ValueError, "its name ends in .pdf, which is no form of what is written; .* ends in .html"),
        ("report", ValueError, "its name has no ending"),
        ("-", ValueError, "its name has no ending"),
        ("up", IsADirectoryError, "it is the name of a folder"),
        ("words.txt/report.html", NotADirectoryError, "words.txt is no folder"),
    ]:
        refused(folder, lambda: found.report(folder / name), error, text)
    found.report(os.devnull)


def test_a_batch_writes_into_a_folder_of_its_own(folder):
    clips = folder / "clips"
    shutil.copytree(folder / "up", clips / "a")
    steps = [runeblocks.Fft(), runeblocks.NoiseFiltering()]
    (folder / "link").symlink_to(clips)
    for destination in clips, clips / "a", folder / "link", folder / "up", folder / "link/new":
        refused(folder, lambda: batch.run(clips, destination, steps, progress=False), ValueError, "expected a")
    refused(folder, lambda: batch.run(clips, folder / "words.txt", steps, progress=False), OSError, "words.txt")
    batch.run(clips, folder / "made", steps, progress=False)
    made = contents(folder)
    batch.run(clips, folder / "made", steps, progress=False)
    assert contents(folder) == made


WRITTEN = {"overwrite", "out", "output", "destination", "filename", "file"}
"""Names of parameters by which a function may write."""


def test_no_writer_is_forgotten():
    """What takes `overwrite`, or a path to write to, is tried above."""
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == "runeblocks"]
    public = [getattr(module, name) for module in modules for name in getattr(module, "__all__", ())]
    inner = [function for thing in public if inspect.isclass(thing) for function in vars(thing).values()]
    takes = {
        function.__qualname__
        for function in (*public, *inner)
        if inspect.isfunction(function)
        and WRITTEN & inspect.signature(function).parameters.keys()
    }
    # A model is read from its file.
    assert takes - {"Model.__init__"} == {"Evaluation.report", "calibrate", "rehearse", "run"}


def test_sources_write_no_file_by_themselves():
    """Files are written by the module in Rust, and by the journal of a batch."""
    package = pathlib.Path(runeblocks.__file__).parent
    writes = ("write_text(", "write_bytes(", '"wb"', '"w"', '"ab"', ".savefig(", "ParquetWriter(", "numpy.save(")
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if any(write in line for write in writes) and "figure.savefig(" not in line
    }
    assert found == {"batch/_journal.py", "batch/_run.py"}
