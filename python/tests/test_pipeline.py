"""Pipelines: what they give, what errors say, threads, pictures."""

import copy
import json
import os
import pathlib
import pickle
import re
import resource
import shutil
import subprocess
import threading
import warnings
import wave
import xml.etree.ElementTree

import numpy
import pytest
import runeblocks
from runeblocks import Pipeline, RunefileError, RunefileWarning

ROOT = pathlib.Path(__file__).parents[2]
RUNEFILE = ROOT / "models/keyword/Runefile.yml"
CLIPS = sorted((ROOT / "examples/clips").glob("*.wav"))

TWO = """\
version: 2
pipeline:
  left: { input: raw, args: { element_type: f32, shape: [3] } }
  right: { input: raw, args: { element_type: f32, shape: [2] } }
  top: { block: most-confident-indices, from: left }
  word: { block: label, from: top, args: { wordlist: $words } }
resources:
  words: { text: "a\\nb\\nc" }
outputs: [word, right]
"""

INDICES = """\
version: 2
pipeline:
  index: { input: raw, args: { element_type: u32, shape: [1] } }
  word: { block: label, from: index, args: { wordlist: [a] } }
outputs: [word]
"""

STREAM = """\
version: 2
pipeline:
  audio: { input: sound, args: { sample_rate: 16000 } }
  fft: { block: fft, from: audio }
  features: { block: noise-filtering, from: fft }
outputs: [features]
"""


@pytest.fixture(scope="module")
def keyword():
    return Pipeline(RUNEFILE)


@pytest.fixture(scope="module")
def clips():
    return numpy.stack([samples(path) for path in CLIPS])


def samples(path):
    with wave.open(str(path)) as file:
        return numpy.frombuffer(file.readframes(file.getnframes()), numpy.int16)


def test_the_words_of_the_clips(keyword, clips):
    for path, clip in zip(CLIPS, clips):
        word, scores = keyword.run(clip), keyword.scores(clip)
        assert word.tolist() == [path.stem] and word.dtype.kind == "U"
        assert max(scores, key=scores.get) == path.stem
        assert tuple(scores) == keyword.words == ("silence", "unknown", "up", "down", "left", "right")
    # Scores of 1/256.
    assert 0.5 < scores["up"] <= 1 and scores["up"] * 256 % 1 == 0
    assert keyword(clip).tolist() == keyword.run({"audio": clip}).tolist() == keyword.run(audio=clip).tolist() == ["up"]
    assert keyword.run(clip / 32768, scale="pcm16").tolist() == ["up"]


def test_the_program_gives_the_same(keyword):
    program = os.environ.get("RUNEBLOCKS_PROGRAM") or shutil.which("runeblocks")
    if not program:
        pytest.skip("RUNEBLOCKS_PROGRAM names no program `runeblocks`: nothing was compared with it")
    for path in CLIPS:
        command = [program, "run", str(RUNEFILE), "--sound", str(path), "--json"]
        printed = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        clip = runeblocks.read_sound(path)
        assert keyword.run(clip).tolist() == printed["outputs"]["word"]["values"]
        assert keyword.scores(clip) == printed["scores"]


def test_a_batch(keyword, clips):
    many = numpy.tile(clips, (8, 1))
    words = keyword.batch(many)
    assert words.tolist() == [[path.stem] for path in CLIPS] * 8
    kept = keyword.batch(many, keep=["model"])
    assert list(kept) == ["word", "model"] and kept["model"].shape == (32, 1, 6)
    assert kept["model"].facts.quantization == (1 / 256, -128) and kept["model"].facts.shape == (32, 1, 6)
    scores = runeblocks.dequantize(kept["model"])
    assert scores[0].ravel().tolist() == list(keyword.scores(clips[0]).values())
    assert keyword.batch(many[:0]).shape == (0, 1)
    assert keyword.batch(list(clips)).shape == (4, 1)


def test_ports_are_kept(keyword, clips):
    kept = keyword.run(clips[0], keep=("features", "model.0", "word"))
    assert list(kept) == ["word", "features", "model.0"]
    fft = runeblocks.Fft(window_size=30, window_step=20, num_channels=40)
    logarithm = runeblocks.NoiseFiltering(min_signal_remaining=1, enable_pcan=False, scale_shift=5, out_type="int8")
    features = logarithm(fft(runeblocks.with_facts(clips[0], sample_rate=16000)))
    numpy.testing.assert_array_equal(kept["features"], features)
    assert kept["features"].facts == features.facts


def test_what_is_known_beforehand(keyword):
    assert keyword.inputs == {"audio": runeblocks.Facts("int16", 16000, sample_rate=16000)}
    assert keyword.outputs == {"word": runeblocks.Facts("str", 1)}
    assert [node.name for node in keyword.nodes] == ["audio", "fft", "features", "model", "top", "word"]
    fft, model = keyword.nodes[1], keyword.nodes[3]
    assert (fft.kind, fft.what, fft.inputs) == ("block", "fft", ("audio",))
    assert fft.args == {"window_size": 30, "window_step": 20, "num_channels": 40}
    assert fft.outputs["spectrogram"].shape == (49, 40)
    assert model.kind == "model" and model.what.endswith("keyword_int8.tflite")
    assert model.front_end == keyword.digest == keyword.nodes[2].outputs["features"].front_end
    assert keyword.scores_port == "model"


def test_several_inputs_and_outputs():
    pipeline = Pipeline.from_text(TWO)
    outputs = pipeline.run(left=numpy.float32([1, 3, 2]), right=numpy.float32([4, 5]))
    assert outputs["word"].tolist() == ["b"] and outputs["right"].tolist() == [4, 5]
    assert pipeline.scores(left=numpy.float32([0.1, 0.7, 0.2]), right=numpy.float32([4, 5])) == {
        "a": 0.1,
        "b": 0.7,
        "c": 0.2,
    }
    other = Pipeline.from_text(TWO, resources={"words": "x\ny\nz"})
    assert other.batch({"left": numpy.eye(3, dtype="f4"), "right": numpy.ones((3, 2), "f4")})[
        "word"
    ].ravel().tolist() == [
        "x",
        "y",
        "z",
    ]


def test_a_resource_is_a_text_bytes_or_a_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("u\nv\nw\n")
    for content in ("u\nv\nw", b"u\nv\nw", path):
        assert Pipeline.from_text(TWO, resources={"words": content}).words == ("u", "v", "w")


def test_a_stream_is_the_clip_however_it_is_cut(clips):
    pipeline = Pipeline.from_text(STREAM)
    whole = pipeline.run(clips[0])
    stream, found = pipeline.stream(), []
    for piece in numpy.split(clips[0], [100, 101, 5000, 5000, 12000]):
        found.append(stream(piece))
        stream = copy.copy(pickle.loads(pickle.dumps(stream)))
    numpy.testing.assert_array_equal(numpy.concatenate(found), whole)
    stream.reset()
    numpy.testing.assert_array_equal(stream(audio=clips[0], keep=["features"])["features"], whole)
    assert stream.timings["fft"].runs == 1 and whole.facts.sample_rate == 16000
    with pytest.raises(
        ValueError, match="the saved state does not belong to this pipeline: it does not start as a state does"
    ):
        stream._native.restore(b"")


def test_pickles_and_representations(keyword, clips):
    other = pickle.loads(pickle.dumps(keyword))
    assert other.run(clips[0]).tolist() == keyword.run(clips[0]).tolist()
    assert repr(keyword) == f"Pipeline({str(RUNEFILE)!r})" and repr(keyword.stream()) == f"{keyword!r}.stream()"
    assert repr(Pipeline(RUNEFILE, backend="int8")) == f"Pipeline({str(RUNEFILE)!r}, backend='int8')"
    text = pickle.loads(pickle.dumps(Pipeline.from_text(TWO)))
    assert repr(text) == "<Pipeline of a text: left, right, top, word>"


def test_a_file_that_has_changed_since_makes_no_difference(tmp_path, clips):
    for name in ("Runefile.yml", "keyword_int8.tflite"):
        shutil.copy(RUNEFILE.parent / name, tmp_path)
    pipeline = Pipeline(tmp_path / "Runefile.yml")
    (tmp_path / "keyword_int8.tflite").write_bytes(b"")
    (tmp_path / "Runefile.yml").unlink()
    assert pipeline.batch(clips).ravel().tolist() == [path.stem for path in CLIPS]
    assert pipeline.stream()(clips[0]).tolist() == [CLIPS[0].stem]


def test_a_model_that_cannot_be_run_here(monkeypatch, clips):
    monkeypatch.setenv("RUNEBLOCKS_LITERT", "")
    with pytest.warns(
        RunefileWarning, match="the model of `model` cannot be run here: the litert backend cannot run the model"
    ):
        pipeline = Pipeline(RUNEFILE, backend="litert")
    assert pipeline.outputs == {"word": runeblocks.Facts("str", 1)}
    for call in (pipeline.run, pipeline.batch, lambda clip: pipeline.stream()):
        with pytest.raises(
            ValueError, match="the model of the stage `model` .* cannot be run here: the litert backend"
        ):
            call(clips if call == pipeline.batch else clips[0])


def test_timings(clips):
    pipeline = Pipeline(RUNEFILE)
    pipeline.run(clips[0])
    pipeline.batch(clips)
    timings = pipeline.timings
    assert [(timing.name, timing.runs) for timing in timings.values()] == [(node.name, 5) for node in pipeline.nodes]
    assert 0 < timings["model"].mean < timings.total < 10 and timings["model"].last > 0
    lines = repr(timings).splitlines()
    assert lines[0].split() == ["runs", "last", "mean"] and lines[-1].startswith("total ") and len(lines) == 8


def test_pictures(keyword):
    graph = keyword.graph()
    assert graph.dot.startswith("digraph runefile {") and "keyword_int8.tflite" in graph.dot
    assert graph._repr_svg_() == graph.svg
    texts = [text.text for text in xml.etree.ElementTree.fromstring(graph.svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {"audio", "fft", "i16 [16000] at 16000 Hz", "u32 [49, 40] at 16000 Hz", "word"} <= set(texts)


def test_threads_share_a_pipeline(keyword, clips):
    wrong = []

    def work(seed):
        for turn in range(50):
            clip = (seed + turn) % len(clips)
            if keyword.run(clips[clip]).tolist() != [CLIPS[clip].stem]:
                wrong.append(clip)
            if turn % 10 == 0 and keyword.batch(clips).ravel().tolist() != [path.stem for path in CLIPS]:
                wrong.append("batch")
            keyword.nodes, keyword.timings, keyword.graph()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_no_memory_is_lost(keyword, clips):
    stream = Pipeline.from_text(STREAM).stream()

    def work(calls):
        for call in range(calls):
            keyword.run(clips[0], keep=["model"]), stream(clips[0, :400])
            if call % 10 == 0:
                keyword.batch(clips), keyword.scores(clips[1])
                Pipeline(RUNEFILE).run(clips[0])
                with pytest.raises(ValueError):
                    keyword.run(clips)

    work(300)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work(2000)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 8192, f"{grown} kB"


def test_check_tells_everything():
    text = TWO.replace("from: top", "from: tip").replace(
        "element_type: f32, shape: [2]", "element_type: f33, shape: [2]"
    )
    with pytest.raises(RunefileError) as error:
        Pipeline.from_text(text)
    assert isinstance(error.value, ValueError)
    assert [finding.code for finding in error.value.diagnostics] == ["argument", "unknown-stage"]
    assert str(error.value).endswith(
        """\
error[unknown-stage]: there is no stage `tip`
 --> Runefile:6:31
  |
6 |   word: { block: label, from: tip, args: { wordlist: $words } }
  |                               ^^^
  |
  = help: did you mean `top`?
  = help: the stages are `left`, `right`, `top` and `word`"""
    )
    assert pickle.loads(pickle.dumps(error.value)).diagnostics == error.value.diagnostics


def test_check_of_files(tmp_path):
    assert runeblocks.check(RUNEFILE) == []
    path = tmp_path / "Runefile.yml"
    path.write_text(STREAM.replace("outputs: [features]", "outputs: [fft]"))
    (found,) = runeblocks.check(path)
    assert (found.severity, found.code, found.line, found.column) == ("warning", "unused-stage", 5, 3)
    assert found.file == str(path) and found.message == "no output needs the stage `features`"
    assert found.help == ("name `features`, or a stage that reads it, among the outputs, or remove it",)
    assert str(found).startswith(f"warning[unused-stage]: no output needs the stage `features`\n --> {path}:5:3\n")
    assert repr(found) == f"<Diagnostic warning[unused-stage] {path}:5:3: no output needs the stage `features`>"
    with pytest.warns(RunefileWarning, match="no output needs the stage `features`") as warned:
        Pipeline(path)
    assert warned[0].filename == __file__
    (found,) = runeblocks.check(tmp_path / "none.yml")
    assert (found.code, found.line, found.column) == ("unreadable-file", None, None)


def test_check_notes_what_does_not_run_on_a_device(tmp_path):
    path = tmp_path / "Runefile.yml"
    path.write_text(
        "version: 2\npipeline:\n  audio: { input: sound, args: { sample_rate: 16000, duration_ms: 100 } }\n"
        "  lines: { block: spectrogram, from: audio }\noutputs: [lines]\n"
    )
    (found,) = runeblocks.check(path)
    assert (found.severity, found.code, found.line) == ("note", "device", 4)
    assert "the block `spectrogram` needs the standard library" in found.message
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Pipeline(path)


def test_words_are_held_to_the_scores():
    for words, found in [
        ("[a]", "a list of 1 word: expected 3"),
        ("[a, b, c, d]", "a list of 4 words: expected 3"),
        ("[a, 'a ']", "has `a` twice, as word 1 and word 2"),
        ("labels.txt", "has the name of a file, `labels.txt`, as its only word"),
        ("'a,b'", "has 2 words joined into one"),
    ]:
        with pytest.raises(RunefileError, match=re.escape(found)):
            Pipeline.from_text(TWO.replace("$words", words))


def two(**inputs):
    return Pipeline.from_text(TWO).run(**inputs)


ZEROS = numpy.zeros(16000, numpy.int16)
ERRORS = [
    (lambda p: p.run(), TypeError, "{}: the inputs given are none: expected audio"),
    (lambda p: p.run(sound=ZEROS), TypeError, "{}: the inputs given are sound: expected audio"),
    (lambda p: p.run(ZEROS, ZEROS), TypeError, "{}: the inputs given are 2 without a name: expected audio"),
    (lambda p: two(left=ZEROS), TypeError, "Runefile: the inputs given are left: expected left, right"),
    (lambda p: p.run(ZEROS[:3]), ValueError, "{}: the input `audio` is int16 (3,): expected int16 (16000,)"),
    (
        lambda p: p.run(numpy.stack([ZEROS, ZEROS])),
        ValueError,
        "{}: the input `audio` is int16 (2, 16000): expected int16 (16000,); `batch` takes many at once",
    ),
    (
        lambda p: p.batch(ZEROS),
        ValueError,
        "{}: the input `audio` is int16 (16000,): expected int16 (16000,) for each clip along its first axis",
    ),
    (
        lambda p: p.run(ZEROS / 2),
        TypeError,
        '{}: the input `audio` is float64 (16000,): expected int16 (16000,); give scale="pcm16" for samples from -1 to 1, or '
        "convert them with .astype(numpy.int16)",
    ),
    (
        lambda p: p.run(runeblocks.with_facts(ZEROS, sample_rate=8000)),
        ValueError,
        "{}: the input `audio` is sampled at 8000 Hz: expected 16000 Hz (runeblocks.read_sound(path, sample_rate=…, "
        "resample=True) reads sound at any rate)",
    ),
    (
        lambda p: p.run(ZEROS, keep=["modle"]),
        ValueError,
        "{}: there is no port `modle`: expected audio, fft, features, model, top, word; did you mean `model`?",
    ),
    (
        lambda p: p.run(ZEROS, keep="model"),
        TypeError,
        "keep is the text 'model': expected a list of ports, such as ['model']",
    ),
    (
        lambda p: Pipeline.from_text(STREAM).scores(ZEROS),
        ValueError,
        "Runefile: there are no scores: expected a pipeline that ends in most-confident-indices and label (`run` with `keep` "
        "gives any port)",
    ),
    (
        lambda p: Pipeline.from_text(STREAM).batch(ZEROS[None]),
        ValueError,
        "Runefile: an output of shape (None, 32) can't be stacked: expected a fixed shape",
    ),
    (
        lambda p: Pipeline.from_text(TWO).run(left=numpy.eye(3, dtype="f4")[1], right=[1, 2]),
        TypeError,
        "Runefile: the input `right` is int64 (2,): expected float32 (2,); convert it with .astype(numpy.float32) if these "
        "are the very numbers that are meant, else with runeblocks.Rescale(scale=1)",
    ),
    (
        lambda p: Pipeline.from_text(INDICES).run(numpy.array([1], "u4")),
        ValueError,
        "the stage `word` (Runefile:4:3) failed: found the index 1: expected 0 to 0, as there are 1 words (extend "
        "`wordlist`, or set `fallback`)",
    ),
    (
        lambda p: Pipeline.from_text(TWO).batch(left=numpy.eye(3, dtype="f4"), right=numpy.zeros((2, 2), "f4")),
        ValueError,
        "Runefile: the input `right` has 2 clips: expected 3",
    ),
    (
        lambda p: Pipeline(RUNEFILE, backend="int9"),
        ValueError,
        "there is no backend `int9`: expected int8 or int8-xnnpack or litert; did you mean `int8`?",
    ),
    (
        lambda p: Pipeline.from_text(TWO, resources={"words": 3}),
        TypeError,
        "the resource `words` is <class 'int'>: expected a text, bytes, or a pathlib.Path",
    ),
]


@pytest.mark.parametrize("case", range(len(ERRORS)))
def test_error(case, keyword):
    call, kind, text = ERRORS[case]
    with pytest.raises(kind) as error:
        call(keyword)
    assert str(error.value).replace(str(RUNEFILE), "{}") == text


def test_hostile_inputs_are_exceptions(keyword):
    for value in [
        None,
        "text",
        b"bytes",
        [],
        {},
        object(),
        1e300,
        2**70,
        numpy.zeros(0),
        [[]],
        numpy.zeros((1,) * 32, "i2"),
    ]:
        for call in (
            keyword.run,
            keyword.batch,
            keyword.scores,
            keyword.stream(),
            Pipeline,
            Pipeline.from_text,
            runeblocks.check,
            lambda v: Pipeline(RUNEFILE, resources={"x": v}),
            lambda v: Pipeline(RUNEFILE, backend=v) if v is not None else None,
            lambda v: keyword.run(ZEROS, keep=[v]),
        ):
            try:
                call(value)
            except Exception as error:
                assert isinstance(error, (TypeError, ValueError)), error
