"""Evaluation and calibration. Recordings are variants of the demo clips, and, where there are, people's."""

import csv
import json
import os
import pathlib
import pickle
import shutil
import threading
import warnings
import wave

import numpy
import pytest
import runeblocks
from runeblocks import Share, calibrate, evaluate, rehearse

ROOT = pathlib.Path(__file__).parents[2]
SPEECH = pathlib.Path(os.environ.get("RUNEBLOCKS_SHARED", ROOT / "../shared")) / "speech"
WORDS = ("down", "left", "right", "up")
RATE = 16_000


def write(path, samples, rate=RATE, channels=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(numpy.clip(samples, -32768, 32767).astype("<i2").tobytes())


def variant(clip, random):
    """A clip at another place and level, with noise."""
    moved = numpy.roll(clip, random.integers(-1600, 1600)) * random.uniform(0.4, 1)
    return moved + random.normal(0, random.uniform(10, 200), len(clip))


@pytest.fixture
def model(tmp_path):
    """A copy of the keyword model, without what is stored beside it."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("Runefile.yml", "keyword_int8.tflite"):
        shutil.copy(ROOT / "models/keyword" / name, folder)
    return folder / "Runefile.yml"


@pytest.fixture(scope="session")
def speech(tmp_path_factory):
    """Six recordings a word of three speakers, of silence and of others: the words backwards."""
    folder = tmp_path_factory.mktemp("speech")
    random = numpy.random.default_rng(0)
    for word in WORDS:
        clip = runeblocks.read_sound(ROOT / f"examples/clips/{word}.wav").astype(float)
        for take in range(6):
            name = f"speaker{take % 3}_nohash_{take}.wav"
            write(folder / word / name, variant(clip, random))
            other = name.replace("nohash_", f"nohash_{word}-")
            write(folder / "unknown" / other, variant(clip[::-1], random))
            write(folder / "silence" / other, random.normal(0, 30, RATE))
    return folder


def folder_of(tmp_path, *names):
    """A folder of the demo clip of `up` under these names."""
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "examples/clips/up.wav", tmp_path / "in" / name)
    return tmp_path / "in"


def test_what_is_left_out_is_counted(model, tmp_path):
    names = ("train/up/anna/1.wav", "train/cat/2.wav", "test/up/3.wav", "test/up/4.wma", "u\u0308p/5.wav", "\u00fcp /6.wav")
    folder = folder_of(tmp_path, *(f"train/{name}" if name[0] in "u\u00fc" else name for name in names))
    (folder / "notes.txt").touch()
    with pytest.warns(UserWarning) as warned:
        found = evaluate(model, folder)
    text = "1 recording in a format that is not read (.wma): test/up/4.wma"
    assert [str(warning.message) for warning in warned] == [f"evaluate: left out: {text}"]
    assert found.left_out[0] == ("format", 1, ["test/up/4.wma"], text)
    assert found.left_out[1][:3] == ("no_sound", 1, ["notes.txt"])
    assert found.joined == {"u\u0308p": ["u\u0308p", "\u00fcp "]} and found.others == {"u\u0308p": 2, "cat": 1}
    assert found.splits == {"test": 1, "train": 4} and found.accuracy.of == 5
    assert found.json["others"] == found.others and "left out: 1 recording" in repr(found)
    assert [left["reason"] for left in found.json["left_out"]] == ["format", "no_sound"]
    with pytest.warns(UserWarning):
        assert evaluate(model, folder, split="test").accuracy.of == 1
    with pytest.raises(ValueError, match="no recording is of the split `val`; the splits are `test`, `train`"):
        evaluate(model, folder, split="val")


def test_labels_that_were_hardly_meant(model, tmp_path):
    labels = ("up", "donw", "silence", "unknown")
    folder = folder_of(tmp_path, *(f"{label}/{number}.wav" for label in labels for number in range(2)))
    typo = r"`donw` \(2 recordings, as donw/0.wav\) is no word here, and looks like `down`, mistyped: .* new_words=True"
    for measure in evaluate, calibrate, rehearse:
        with pytest.raises(ValueError, match=typo):
            measure(model, folder)
    assert evaluate(model, folder, new_words=True).others == {"donw": 2}
    assert rehearse(model, folder, new_words=True).left_out == []
    found = calibrate(model, folder, new_words=True, dry_run=True, replace=True)
    assert found.new_words == {"donw": 2} and "\nnew: donw (2)\n" in repr(found)
    other = folder_of(tmp_path, "other/cat/1.wav") / "other"
    with pytest.raises(ValueError, match=r"no label of the recordings \(`cat`\) is a word of the pipeline .* new_words=True"):
        evaluate(model, other)
    outer = folder_of(tmp_path / "outer", "up/1.wav").parent
    with pytest.raises(ValueError, match=r"`in` is taken for a label.* folders in it are \(`up`\).* new_words=True"):
        evaluate(model, outer)


def test_an_evaluation(model, speech, tmp_path):
    found = evaluate(model, speech)
    assert found.labels == runeblocks.Pipeline(model).words
    assert found.accuracy.of == 72 and found.words.of == 24 and found.rejection.of == 48
    assert found.confusion.shape == (6, 6) and found.confusion.sum() == 72
    assert numpy.trace(found.confusion) == found.accuracy.count
    assert found.per_label["up"].recall.of == 6
    assert len(found.clips) == 72 and len(found.mistakes) == 72 - found.accuracy.count
    clip = found.clips[0]
    assert (clip.label, clip.fitted) == ("down", "exact") and clip.path.name == "speaker0_nohash_0.wav"
    assert list(clip.scores) == list(found.labels)
    assert all(mistake.label != mistake.word for mistake in found.mistakes)
    assert 0 < found.latency.median <= found.latency.p95 <= found.latency.max
    assert found.failures == []
    assert found.json["of"] == 72 and json.loads(found.to_json(2)) == found.json
    assert repr(found).startswith(f"<Evaluation of {model}\n  accuracy ") and str(found.words) in repr(found)
    assert "<th>accuracy</th>" in found._repr_html_()
    found.report(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(FileNotFoundError, match="there is no folder .*none; make the folder first"):
        found.report(tmp_path / "none" / "report.html")


def test_pipelines_are_measured_as_they_are_called(model, speech):
    pipeline = runeblocks.Pipeline(model)
    found = evaluate(pipeline, speech, labels=["up", "left"])
    for clip in found.clips:
        sound = runeblocks.read_sound(clip.path)
        assert pipeline.run(sound).tolist() == [clip.word]
        assert pipeline.scores(sound) == pytest.approx(clip.scores)
    assert found.accuracy == found.words == evaluate(model, speech, labels=("up", "left")).accuracy
    assert found.det is None and found.rejection == Share(0, 0)


def test_thresholds(model, speech):
    det = evaluate(model, speech).det
    assert (numpy.diff(det.thresholds) > 0).all()
    assert (numpy.diff(det.false_accepts) <= 0).all() and (numpy.diff(det.false_rejects) >= 0).all()
    point = det.at(0.1)
    if point is None:
        assert det.false_accepts.min() > 0.1
    else:
        assert point.threshold == det.threshold(0.1) and point.false_accepts.value <= 0.1
        place = det.thresholds.tolist().index(point.threshold)
        assert det.false_rejects[place] == point.false_rejects.value
    assert det.threshold(1) == det.thresholds[0]
    assert repr(det).startswith("<Det of ")


def test_shares():
    share = Share(125, 138)
    assert repr(share) == "90.6 % (84.5–94.4; 125 of 138)"
    assert (share.value, float(share), share.count, share.of) == (125 / 138, 125 / 138, 125, 138)
    assert share.interval == pytest.approx((0.8453, 0.9442), abs=5e-4)
    assert pickle.loads(pickle.dumps(share)) == share != Share(124, 138)
    assert numpy.isnan(Share(0, 0).value)
    with pytest.raises(ValueError, match="Share: count is 2, and of is 1: expected at most of"):
        Share(2, 1)


def test_pictures(model, speech):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    found = evaluate(model, speech)
    assert len(found.plot().axes) == 3 and len(evaluate(model, speech, labels=WORDS).plot().axes) == 2
    assert found.plot_confusion().get_ylabel() == "true"
    assert found.plot_det(label="keyword").get_xlabel() == "false accepts (%)"
    with pytest.raises(ValueError, match="no threshold trades anything: expected recordings with a word and"):
        evaluate(model, speech, labels=WORDS).plot_det()


def test_recordings_that_do_not_do(model, speech, tmp_path):
    folder = tmp_path / "some"
    shutil.copytree(speech / "up", folder / "up")
    write(folder / "up/fast.wav", numpy.zeros(8000), rate=8000)
    write(folder / "up/long.wav", numpy.zeros(20_000))
    with pytest.warns(
        UserWarning, match=r"evaluate: 1 of 8 recordings can't be used; the first, .*fast\.wav: it is sampled"
    ):
        found = evaluate(model, folder)
    ((path, reason),) = found.failures
    assert path == folder / "up/fast.wav"
    assert reason == "it is sampled at 8000 Hz, and 16000 Hz is expected; give resample=True to convert it"
    assert "not used         1" in repr(found) and "<th>not used</th><td>1</td>" in found._repr_html_()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = [clip.fitted for clip in evaluate(model, folder, resample=True).clips]
    assert sorted(set(fitted)) == ["cut", "exact"]
    write(tmp_path / "two/up/two.wav", numpy.zeros(32_000), channels=2)
    with pytest.raises(ValueError, match="1 of 1 recordings can't be used; .*give mixdown=True for their average"):
        evaluate(model, tmp_path / "two")
    assert evaluate(model, tmp_path / "two", mixdown=True).accuracy.of == 1


def test_a_calibration(model, speech):
    found = calibrate(model, speech, variants=2)
    assert found.words == runeblocks.Pipeline(model).words
    assert found.after.accuracy.of == found.before.accuracy.of == 72
    # Noise aside, each recording is in the others' company.
    assert found.after.accuracy.value >= 0.8
    assert found.folds == ("speakers", 3) and found.way in ("near", "anew", "replaced")
    assert found.before.latency is None and found.held_out is None and found.failures == []
    assert [path.name for path in found.files] == [
        "keyword_int8-calibrated.tflite",
        "keyword_int8-calibrated.rehearsal.safetensors",
        "Runefile-calibrated.yml",
    ]
    lines = repr(found).split("\n")
    assert lines[0] == f"words: {', '.join(found.words)}"
    assert lines[2].split("  ")[0] == "recordings, in 3 parts with speakers of their own"
    assert lines[3].startswith("accuracy ") and lines[3].endswith(str(found.after.accuracy))
    assert "<th>after</th>" in found._repr_html_()
    pipeline = found.pipeline()
    assert found.before.trained_on == Share(0, 72)
    with pytest.warns(UserWarning, match="the model was trained on 72 of these 72 recordings"):
        known = evaluate(pipeline, speech)
    assert known.accuracy.value >= 0.8 and known.trained_on == Share(72, 72) and known.unseen == Share(0, 0)
    assert all(clip.trained_on for clip in known.clips) and "trained on" in repr(known)
    with pytest.raises(FileExistsError, match="it is there already; give another suffix, or overwrite=True"):
        calibrate(model, speech)
    before = found.files.model.read_bytes()
    calibrate(model, speech, variants=2, overwrite=True)
    assert found.files.model.read_bytes() == before
    calibrate(runeblocks.Pipeline(model), speech, variants=2, seed=2, suffix="two")
    assert (model.parent / "Runefile-two.yml").is_file()
    with pytest.raises(ValueError, match="there is no page of what a calibration measured"):
        found.after.report(model.parent / "report.html")


def test_new_words_beside_what_is_stored(model, speech, tmp_path):
    stored = rehearse(model, speech, per_word=4, unknown=10)
    assert stored.path == model.parent / "keyword_int8.rehearsal.safetensors" and stored.path.is_file()
    assert stored.recordings == 5 * 4 + 10
    with pytest.raises(FileExistsError, match="it is there already; give overwrite=True"):
        rehearse(model, speech)
    assert rehearse(model, speech, per_word=4, unknown=10, overwrite=True) == stored
    random = numpy.random.default_rng(1)
    rows = [("path", "label", "split")]
    for word, place in ("hot", 0), ("cold", 1):
        clip = runeblocks.read_sound(ROOT / f"examples/clips/{WORDS[place]}.wav").astype(float)
        for take in range(8):
            name = f"{word}{take}.wav"
            write(tmp_path / "new" / name, variant(clip[::-1], random))
            rows.append((name, word, "train" if take < 6 else "val"))
    with open(tmp_path / "new/manifest.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    found = calibrate(model, tmp_path / "new", split="train", held_out="val", replace=True, dry_run=True)
    assert set(found.words) == {"silence", "unknown", "hot", "cold"} and found.way == "replaced"
    assert found.after.words.of == 12 and found.folds == ("recordings", 5)
    before, after = found.held_out
    assert before.words.count == 0 and after.words.of == 4
    assert "held-out recordings" in repr(found)
    assert found.files is None and not list(model.parent.glob("*-calibrated*"))
    with pytest.raises(ValueError, match="dry_run wrote no pipeline"):
        found.pipeline()


ERRORS = [
    (lambda m, s: evaluate(m, s / "none"), FileNotFoundError, "none: it cannot be read: "),
    (lambda m, s: evaluate(m.parent, s), ValueError, "model"),
    (
        lambda m, s: evaluate(m, m.parent),
        ValueError,
        "model: there are no recordings, but 2 files that are no sound",
    ),
    (lambda m, s: evaluate(m, s, split="val"), ValueError, "; leave split out, or give a manifest"),
    (
        lambda m, s: evaluate(m, s, labels=["upp"]),
        ValueError,
        "there are no recordings of `upp`; there are of `down`, ",
    ),
    (
        lambda m, s: evaluate(m, s, labels="up"),
        TypeError,
        "labels is the text 'up': expected a list of them, such as ['up']",
    ),
    (lambda m, s: evaluate(m, s, false_accepts=2), ValueError, "false_accepts is 2: expected a number from 0 to 1"),
    (
        lambda m, s: calibrate(m, s, unknown_recall=-1),
        ValueError,
        "unknown_recall is -1: expected a number from 0 to 1",
    ),
    (
        lambda m, s: calibrate(m, s, suffix="a/b"),
        ValueError,
        "calibrate: suffix is 'a/b': expected a part of a file's name",
    ),
    (
        lambda m, s: calibrate(m, s, labels=["up"]),
        ValueError,
        "and none are stored beside the model: add some, or store those that the model was made with by rehearse",
    ),
    (
        lambda m, s: calibrate(runeblocks.Pipeline.from_text(m.read_text(), m.parent), s),
        ValueError,
        "calibrate: the pipeline is of a text: expected one of a Runefile, beside which files are written",
    ),
    (
        lambda m, s: evaluate(ROOT / "models/sine/Runefile.yml", s),
        ValueError,
        "Runefile.yml: the pipeline takes ",
    ),
]


@pytest.mark.parametrize("call, kind, text", ERRORS, ids=[text for *_, text in ERRORS])
def test_errors(call, kind, text, model, speech):
    with pytest.raises(kind) as error:
        call(model, speech)
    assert text in str(error.value)


def test_the_gil_is_free(model, speech):
    """Another thread counts on while one calibrates."""
    done, counts = threading.Event(), []

    def work():
        calibrate(model, speech, dry_run=True)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.wait(0.001):
        counts.append(1)
    thread.join()
    assert len(counts) > 5


def test_people(tmp_path):
    """Arabic, of ten people who say each word once, tried on others."""
    if (
        not (SPEECH / "arabic/manifest.csv").is_file()
        or not (ROOT / "models/keyword/keyword_int8.rehearsal.safetensors").is_file()
    ):
        pytest.skip(
            "no shared speech (set RUNEBLOCKS_SHARED to the folder that holds it), or no rehearsal of the model"
        )
    for name in ("Runefile.yml", "keyword_int8.tflite", "keyword_int8.rehearsal.safetensors"):
        shutil.copy(ROOT / "models/keyword" / name, tmp_path)
    with open(SPEECH / "arabic/manifest.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["word"] in WORDS]
    kept, heard = [], set()
    speakers = sorted({row["speaker"] for row in rows if row["split"] == "train"})[:10]
    for row in rows:
        once = (row["speaker"], row["word"])
        if row["split"] == "val" or (row["speaker"] in speakers and once not in heard):
            heard.add(once)
            kept.append((SPEECH / "arabic" / row["path"], row["label"], row["speaker"], row["split"]))
    with open(tmp_path / "arabic.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("path", "label", "speaker", "split"), *kept])
    found = calibrate(tmp_path / "Runefile.yml", tmp_path / "arabic.csv", split="train", held_out="val", replace=True)
    before, after = found.held_out
    assert found.after.words.of == 40 and after.words.of == 240
    assert after.words.value > 0.8 > before.words.value, found
