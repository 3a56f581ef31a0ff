"""Pictures: what they show, not how."""

import doctest
import io
import subprocess
import sys
from statistics import NormalDist

import numpy
import pytest
import runeblocks
from cases import sound
from runeblocks import Fft, MelFilterbank, Mfcc, NoiseFiltering, Spectrogram

pytest.importorskip("matplotlib", reason="matplotlib is not installed")
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from runeblocks import plot

pytestmark = pytest.mark.filterwarnings("error")
CLIP = sound()
FFT = Fft(window_size=30, window_step=20, num_channels=40)
FEATURES = NoiseFiltering(out_type="int8")(FFT(CLIP))


def shown(ax):
    """The picture of the axes as `(rows, columns)`, its extent and its ticks on the y axis as `{text: place}`."""
    (image,) = ax.images
    ticks = {text.get_text(): float(at) for at, text in zip(ax.get_yticks(), ax.get_yticklabels())}
    return numpy.asarray(image.get_array()), image.get_extent(), ticks


def color_label(ax):
    return ax.images[0].colorbar.ax.get_ylabel()


def png(ax):
    """The figure is drawn without a warning, and without pyplot."""
    file = io.BytesIO()
    ax.figure.savefig(file)
    return file.getvalue()


def test_documentation():
    result = doctest.testmod(plot)
    assert result.attempted > 0 and result.failed == 0


def test_no_global_state():
    code = """if True:
        import sys, matplotlib, numpy
        before = matplotlib.rcParams.copy()
        from runeblocks import plot
        plot.features(numpy.zeros((3, 4))), plot.spectrogram(numpy.ones(16000, numpy.float32))
        plot.confusion_matrix([[1, 0], [0, 1]]), plot.det([0, 1, 2], [0, 1, 1])
        assert "matplotlib.pyplot" not in sys.modules
        assert matplotlib.rcParams.copy() == before
    """
    subprocess.run([sys.executable, "-c", code], check=True)


def test_features():
    ax = plot.features(FEATURES, channels=FFT)
    values, (left, right, low, high), ticks = shown(ax)
    numpy.testing.assert_array_equal(values, FEATURES.T)
    # Frame 0 is in the middle of its window, which ends at 30 ms.
    assert left == pytest.approx(0.005) and right == pytest.approx(0.005 + 49 * 0.02) and (low, high) == (-0.5, 39.5)
    assert (ax.get_xlabel(), ax.get_ylabel(), color_label(ax)) == ("time (s)", "frequency (Hz)", "feature (int8)")
    assert ax.get_ylim() == (-0.5, 39.5)
    # A tone is loudest in the channel at which its frequency is marked.
    for text in ("500", "1,000", "2,000", "4,000"):
        tone = 9000 * numpy.sin(2 * numpy.pi * float(text.replace(",", "")) * numpy.arange(16000) / 16000)
        loudest = int(numpy.argmax(FFT(tone.astype(numpy.int16))[10]))
        assert abs(loudest - ticks[text]) <= 0.6, text
    assert png(ax).startswith(b"\x89PNG")


def test_dequantized_features():
    ax = plot.features(FEATURES, dequantize=True, vmax=26, cmap="gray")
    scale, zero_point = FEATURES.facts.quantization
    numpy.testing.assert_allclose(shown(ax)[0], (FEATURES.T.astype(float) - zero_point) * scale, rtol=1e-6)
    assert color_label(ax) == "feature (dequantised)" and ax.images[0].get_cmap().name == "gray"
    assert ax.get_ylabel() == "channel"


def test_features_of_which_nothing_is_known():
    ax = plot.features([[1, 2, 3], [4, 5, 6]])
    values, extent, _ = shown(ax)
    numpy.testing.assert_array_equal(values, [[1, 4], [2, 5], [3, 6]])
    assert tuple(extent) == (-0.5, 1.5, -0.5, 2.5) and (ax.get_xlabel(), ax.get_ylabel()) == ("frame", "channel")
    for one in ([[1, 2, 3]], [[1], [2]], [[1]]):
        assert png(plot.features(one, channels=[200.0, 400.0, 900.0][: len(one[0])]))


@pytest.mark.parametrize("args", [{}, {"htk": True}, {"fmin": 100, "fmax": 6000}])
def test_mel_channels(args):
    mels = MelFilterbank(log="none", **args)
    for hz in (500, 1000, 4000):
        tone = 0.5 * numpy.sin(2 * numpy.pi * hz * numpy.arange(16000, dtype=numpy.float32) / 16000)
        energies = mels(Spectrogram(n_fft=1024)(tone))
        at = shown(plot.features(energies, channels=mels))[2][f"{hz:,}"]
        assert abs(int(numpy.argmax(energies[10])) - at) <= 1.0
    assert plot.features(Mfcc()(energies)).get_ylabel() == "channel"


def test_spectrogram():
    for rate, audio in (16000, CLIP), (16000, CLIP / 32768), (8000, runeblocks.with_facts(CLIP, sample_rate=8000)):
        ax = plot.spectrogram(audio)
        values, (left, right, *_), ticks = shown(ax)
        assert (ax.get_xlabel(), ax.get_ylabel(), color_label(ax)) == ("time (s)", "frequency (Hz)", "power (dB)")
        assert right == pytest.approx(len(CLIP) / rate, abs=0.02) and 0 <= left < 0.02
        assert ticks["2,000"] == pytest.approx(2000 * (len(values) - 1) / (rate / 2))
        low, high = ax.images[0].get_clim()
        assert high == values.max() and low == pytest.approx(high - 80)
    assert png(plot.spectrogram(numpy.zeros(16000, numpy.int16)))
    block = Spectrogram(n_fft=128, output="db")
    ax = plot.spectrogram(CLIP, block=block, range_db=40, vmax=0)
    numpy.testing.assert_array_equal(shown(ax)[0], block(CLIP).T)
    assert ax.images[0].get_clim()[1] == 0


def test_axes_are_taken():
    figure = Figure(layout="constrained")
    mine = list(figure.subplots(2, 2).flat)
    assert plot.features(FEATURES, ax=mine[0]) is mine[0]
    assert plot.spectrogram(CLIP, ax=mine[1]) is mine[1]
    assert plot.confusion_matrix([[3, 1], [0, 2]], ax=mine[2]) is mine[2]
    assert plot.det([0, 1, 2], [0, 1, 1], ax=mine[3]) is mine[3]
    assert png(mine[0]) and all(isinstance(ax, Axes) for ax in mine)


def matrix(ax):
    """The numbers in the picture of a confusion matrix, and the names of the classes."""
    counts = numpy.zeros((len(ax.get_xticks()),) * 2)
    for text in ax.texts:
        column, row = text.get_position()
        counts[row, column] = float(text.get_text().replace(",", ""))
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names == [text.get_text() for text in ax.get_xticklabels()]
    return counts.tolist(), names


def test_confusion_matrix():
    ax = plot.confusion_matrix([[1998, 2], [1, 3]], ["no", "yes"])
    assert matrix(ax) == ([[1998, 2], [1, 3]], ["no", "yes"])
    numpy.testing.assert_array_equal(shown(ax)[0], [[0.999, 0.001], [0.25, 0.75]])
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("predicted", "true", "99.9% of 2,004 right")
    # White on dark, black on light.
    colors = {text.get_position(): text.get_color() for text in ax.texts}
    assert colors[0, 0] == "white" and colors[1, 0] == "black"
    assert png(plot.confusion_matrix(numpy.eye(20), [f"word {n}" for n in range(20)]))
    assert png(plot.confusion_matrix([[0, 0], [0, 0]]))


def test_confusion_matrix_of_classes():
    true, predicted = ["a", "a", "b", "c"], ["a", "b", "b", "c"]
    assert matrix(plot.confusion_matrix((true, predicted))) == ([[1, 1, 0], [0, 1, 0], [0, 0, 1]], ["a", "b", "c"])
    assert matrix(plot.confusion_matrix((true, predicted), ["c", "b", "a", "d"])) == (
        [[1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]],
        ["c", "b", "a", "d"],
    )
    numbers = numpy.array([0, 2, 2]), numpy.array([0, 2, 0])
    assert matrix(plot.confusion_matrix(numbers, ["x", "y", "z"])) == (
        [[1, 0, 0], [0, 0, 0], [1, 0, 1]],
        ["x", "y", "z"],
    )
    assert matrix(plot.confusion_matrix(([True, False], [True, True]))) == ([[0, 1], [0, 1]], ["False", "True"])


def curve(ax):
    """The rates of the curve, and the marked points."""
    normal = NormalDist()
    found = [[(normal.cdf(x), normal.cdf(y)) for x, y in line.get_xydata()] for line in ax.lines]
    (rates,) = (rates for rates, line in zip(found, ax.lines) if line.get_gid() == "det")
    return rates, {line.get_marker(): rates[0] for rates, line in zip(found, ax.lines) if line.get_marker() in "oD"}


def test_det():
    negative, positive = [0, 1, 2, 3, 4], [2.5, 3.5, 5, 6]
    ax = plot.det(negative + positive, [False] * 5 + [True] * 4, threshold=3)
    rates, marks = curve(ax)
    expected = [(1, 0), (0.8, 0), (0.6, 0), (0.4, 0), (0.4, 0.25), (0.2, 0.25), (0.2, 0.5), (0, 0.5), (0, 0.75), (0, 1)]
    # None and all are drawn as half a clip.
    expected = [(min(max(x, 0.1), 0.9), min(max(y, 0.125), 0.875)) for x, y in expected]
    numpy.testing.assert_allclose(rates, expected, atol=1e-9)
    numpy.testing.assert_allclose(marks["D"], (0.4, 0.25), atol=1e-9)
    numpy.testing.assert_allclose(marks["o"], (0.25, 0.25), atol=1e-9)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("false accepts (%)", "false rejects (%)")
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["equal error 25.0%", "at 3: 40.0% false accepts, 25.0% false rejects"]
    ticks = {text.get_text(): at for at, text in zip(ax.get_xticks(), ax.get_xticklabels())}
    assert ticks["10"] == pytest.approx(NormalDist().inv_cdf(0.1))


def test_det_of_normal_scores():
    random = numpy.random.default_rng(0)
    scores, positive = random.normal(0, 1, 40000), numpy.arange(40000) % 2
    ax = plot.det(scores + 2 * positive, positive, label="two")
    assert curve(ax)[1]["o"][0] == pytest.approx(NormalDist().cdf(-1), abs=0.005)
    points = ax.lines[[line.get_gid() for line in ax.lines].index("det")].get_xydata()
    middle = points[(abs(points) < 2).all(1)]
    assert abs(middle.sum(1) + 2).max() < 0.1
    plot.det(scores + positive, positive, label="one", ax=ax)
    texts = [text.get_text().split(":")[0] for text in ax.get_legend().get_texts()]
    assert texts == ["two", "one"] and ax.lines[-2].get_color() != ax.lines[1].get_color()
    assert png(plot.det([0, 1], [0, 1])) and png(plot.det([1, 1, 1], [0, 1, 1])) and png(plot.det([1, 0], [0, 1]))


def test_messages():
    for call, text in {
        lambda: plot.features(
            numpy.zeros((2, 3, 4))
        ): r"features are \(2, 3, 4\): expected \(frames, channels\) of one clip",
        lambda: plot.features(numpy.zeros((0, 4))): r"features are \(0, 4\)",
        lambda: plot.features(FFT(CLIP), dequantize=True): "say no quantisation",
        lambda: plot.features(FEATURES, channels=Fft()): r"channels give frequencies \(32,\): expected 40, rising",
        lambda: plot.features(FEATURES, channels=[3, 2]): r"channels give frequencies \(2,\): expected 40, rising",
        lambda: plot.features(FEATURES, channels=Mfcc()): r"channels is Mfcc\(\): expected Fft, MelFilterbank or",
        lambda: plot.features(
            [[1, 2]], channels=MelFilterbank(n_mels=2)
        ): r"the sample rate .* is not known: set its fmax",
        lambda: plot.spectrogram(numpy.zeros((2, 16000))): r"the audio is \(2, 16000\): expected \(samples,\)",
        lambda: plot.spectrogram(CLIP, block=Spectrogram()): "expected a Spectrogram with output='db'",
        lambda: plot.confusion_matrix([[1, 2]]): r"the matrix is \(1, 2\): expected \(n, n\), or \(true, predicted\)",
        lambda: plot.confusion_matrix([[1]], ["a", "b"]): "2 labels for 1 classes: expected as many",
        lambda: plot.confusion_matrix((["a"], ["b"]), ["b", "c"]): "the class 'a' is none of the labels: .'b', 'c'.",
        lambda: plot.confusion_matrix(([1, 2], [1])): r"true \(2,\), predicted \(1,\): expected \(n,\) each",
        lambda: plot.det([1, 2], [1]): r"scores \(2,\), positive \(1,\): expected \(n,\) each",
        lambda: plot.det([1, 2], [1, 1]): "positive is not of both kinds",
        lambda: plot.det([1, 2], [1, 7]): "positive is not of both kinds",
        lambda: plot.det([1, numpy.nan], [1, 0]): "some scores are not numbers",
    }.items():
        with pytest.raises(ValueError, match=text):
            call()
