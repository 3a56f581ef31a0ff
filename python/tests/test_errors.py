"""What errors say: what was found, what was expected, and what to do."""

import numpy
import pytest
import rune_py
import runeblocks
from cases import CASES, sound
from runeblocks import Facts, Fft, Label, MicroFrontend, Modulo, NoiseFiltering, Normalize, micro_frontend

AUDIO = sound()
TWO = numpy.stack([AUDIO, AUDIO])
FACTS = " (what a block makes carries its facts; runeblocks.with_facts gives them to any array)"
SAMPLES = "expected int16 (samples,), or (n, samples) for a batch"


def other_piece():
    stream = Fft().stream()
    stream(AUDIO)
    stream(runeblocks.with_facts(AUDIO, sample_rate=8000))


def rows_of_another_length():
    stream = NoiseFiltering().stream()
    stream(Fft()(AUDIO))
    stream(Fft(num_channels=40)(AUDIO))


ERRORS = [
    (
        lambda: Fft(widow_size=3),
        TypeError,
        "fft: unknown argument `widow_size` (did you mean `window_size`? valid names: `sample_rate`, `window_size`, "
        "`window_step`, `num_channels`, `lower_band_limit`, `upper_band_limit`, `dialect`)",
    ),
    (
        lambda: Label(),
        TypeError,
        "label: the argument `wordlist` is missing: expected a list of words, or a text with one word a line",
    ),
    (
        lambda: Fft(window_size=0),
        ValueError,
        "fft: the argument `window_size` is 0: expected an integer of at least 1 (ms)",
    ),
    (
        lambda: Fft(num_channels=2**70),
        ValueError,
        "fft: the argument `num_channels` is 1.1805916207174113e+21: expected an integer from 1 to 4096",
    ),
    (
        lambda: Fft(upper_band_limit=float("nan")),
        ValueError,
        "fft: the argument `upper_band_limit` is NaN: expected a finite number",
    ),
    (
        lambda: Fft(window_size=object()),
        TypeError,
        "fft: the argument `window_size` is a value of the type `object`: expected a number, a text, or a list of texts",
    ),
    (
        lambda: setattr(Fft(), "window_step", 31),
        ValueError,
        "fft: the argument `window_step` is 31 ms, 496 samples: expected at most the window, 400 samples (shorten the "
        "step, or lengthen window_size)",
    ),
    (
        lambda: NoiseFiltering(strength=1, pcan_strength=1),
        ValueError,
        "noise-filtering: the argument `pcan_strength` is given twice: expected one value (`strength` is the same as "
        "`pcan_strength`)",
    ),
    (lambda: Fft()(), TypeError, "fft: 0 inputs: expected 1 (audio)"),
    (
        lambda: Fft()(AUDIO / 32768),
        TypeError,
        f'fft: the input `audio` is float64 (16000,): {SAMPLES}; give scale="pcm16" for samples from -1 to 1, or convert '
        "them with .astype(numpy.int16)",
    ),
    (
        lambda: Fft()(AUDIO.astype(numpy.int32)),
        TypeError,
        f"fft: the input `audio` is int32 (16000,): {SAMPLES}; convert it with .astype(numpy.int16) if its "
        "values are from -32768 to 32767",
    ),
    (lambda: Fft()(AUDIO > 0), TypeError, f"fft: the input `audio` is bool (16000,): {SAMPLES}"),
    (lambda: Fft()(numpy.int16(3)), ValueError, f"fft: the input `audio` is int16 (): {SAMPLES}"),
    (lambda: Fft().batch(AUDIO), ValueError, f"fft: the input `audio` is int16 (16000,): {SAMPLES}"),
    (
        lambda: Fft()(AUDIO[:100]),
        ValueError,
        "fft: the input `audio` is 100 samples: expected at least one window, 400 (give a longer clip, or shorten "
        "window_size)",
    ),
    (
        lambda: Fft()(runeblocks.with_facts(AUDIO, sample_rate=8000)),
        ValueError,
        "fft: the input `audio` is sound at 8000 Hz: expected 16000 Hz, the argument sample_rate (resample the sound, or "
        "set sample_rate to 8000)",
    ),
    (
        lambda: NoiseFiltering()(numpy.asarray(Fft()(AUDIO))),
        ValueError,
        "noise-filtering: the input `spectrogram` is a spectrogram of which the FFT size is not known: expected one of a "
        f"known FFT size (connect the output of the block `fft`){FACTS}",
    ),
    (
        lambda: Fft()(AUDIO, scale=2),
        TypeError,
        "fft: scale is given, but the samples are int16: leave it out, or give floats",
    ),
    (
        lambda: Fft()(numpy.full(400, numpy.inf), scale=2),
        ValueError,
        "fft: samples times scale are not all finite: expected finite numbers",
    ),
    (
        lambda: Modulo()(AUDIO, scale=2),
        TypeError,
        "modulo: scale is given, but the input is not int16 alone: leave it out",
    ),
    (
        lambda: runeblocks.Dequantize()(AUDIO),
        ValueError,
        "dequantize: the input `quantized` is i16 [16000]: expected integers with a scale and a zero point (read a stage that "
        "says what its integers stand for, as `quantize` and quantised models do, or say it yourself with `rescale`)",
    ),
    (
        lambda: runeblocks.Mfcc()(NoiseFiltering(out_type="int8")(Fft()(AUDIO))),
        TypeError,
        "mfcc: the input `mels` is int8 (98, 32): expected float32 (frames, mels), or (n, frames, mels) for a batch; convert "
        "it with runeblocks.Dequantize()",
    ),
    (
        lambda: runeblocks.Mfcc()(numpy.zeros((3, 20))),
        TypeError,
        "mfcc: the input `mels` is float64 (3, 20): expected float32 (frames, mels), or (n, frames, mels) for a batch; "
        "convert it with .astype(numpy.float32)",
    ),
    (
        lambda: NoiseFiltering()(numpy.zeros((3, 20))),
        TypeError,
        "noise-filtering: the input `spectrogram` is float64 (3, 20): expected uint32 (frames, channels), or (n, frames, "
        "channels) for a batch; convert it with .astype(numpy.uint32) if its values are whole numbers from 0 to 4294967295",
    ),
    (lambda: runeblocks.Quantize(), TypeError, "quantize: the argument `scale` is missing: expected a number"),
    (
        lambda: runeblocks.Quantize(scale=0),
        ValueError,
        "quantize: the argument `scale` is 0: expected a number above 0 that single precision holds (take the scale of the "
        "model's input)",
    ),
    (
        lambda: Label(wordlist=["a"])(numpy.array([0, 3])),
        ValueError,
        "label: found the index 3: expected 0 to 0, as there are 1 words (extend `wordlist`, or set `fallback`)",
    ),
    (
        lambda: Label(wordlist=["a"]).batch(numpy.array([[0, 3], [0, 0]])),
        ValueError,
        "label: found the index 3: expected 0 to 0, as there are 1 words (extend `wordlist`, or set `fallback`)",
    ),
    (
        lambda: Normalize().stream()(AUDIO),
        ValueError,
        "normalize: the input `values` is i16 [stream]: expected a whole tensor, whose least and greatest value are known "
        "(give the input a length, such as duration_ms or n)",
    ),
    (
        lambda: Modulo().stream()(3),
        ValueError,
        "modulo: a piece of a stream has no axes: expected at least 1, along which the stream arrives",
    ),
    (
        other_piece,
        ValueError,
        "fft: a piece is int16 (n,) of other facts: expected int16 (n,), as the first piece was; take another stream for it",
    ),
    (
        rows_of_another_length,
        ValueError,
        "noise-filtering: a piece is uint32 (n, 40): expected uint32 (n, 32), as the first piece was; take another stream "
        "for it",
    ),
    (lambda: Facts("bool", 3), TypeError, "dtype is bool: expected integers of 8 to 64 bits, float32, float64 or str"),
    (
        lambda: Facts("int16", -3),
        TypeError,
        "the shape is -3: expected a length, or a sequence of lengths with None for the axis along which a stream arrives",
    ),
    (lambda: Facts("int16", (None, None)), ValueError, "the shape is (None, None): expected at most one None"),
    (
        lambda: Facts("int16", 3, front_end="a"),
        ValueError,
        "`a` is not a front-end digest: expected 64 hexadecimal digits",
    ),
    (
        lambda: micro_frontend(AUDIO / 32768),
        TypeError,
        f'micro_frontend: the audio is float64 (16000,): {SAMPLES}; give scale="pcm16" for samples from -1 to 1, or convert '
        "them with .astype(numpy.int16)",
    ),
    (lambda: micro_frontend(numpy.int16(3)), ValueError, f"micro_frontend: the audio is int16 (): {SAMPLES}"),
    (
        lambda: micro_frontend(AUDIO, window_size=0),
        ValueError,
        "micro_frontend: the argument `window_size` is 0: expected an integer of at least 1 (ms)",
    ),
    (
        lambda: micro_frontend(AUDIO, left_context=-1),
        ValueError,
        "micro_frontend: the argument `left_context` is -1 frames: expected 0 or more (0 takes no context)",
    ),
    (
        lambda: micro_frontend(AUDIO, out_type=numpy.int8),
        ValueError,
        "micro_frontend: the argument `out_type` is the text `int8`: expected uint16 or float32",
    ),
    (
        lambda: micro_frontend(AUDIO, dialect="lite"),
        ValueError,
        "micro_frontend: the argument `dialect` is the text `lite`: expected tf or tflm",
    ),
    (
        lambda: MicroFrontend(out_scale=3),
        TypeError,
        "MicroFrontend: out_scale: expected none of these, which only whole clips have",
    ),
    (
        lambda: MicroFrontend(windowsize=3),
        TypeError,
        "micro_frontend: unknown argument `windowsize` (expected the parameters of the op, and dialect)",
    ),
    (
        lambda: MicroFrontend().process_samples(bytes(319)),
        ValueError,
        "MicroFrontend: the audio is 319 bytes: expected at least 320, one step of 160 samples",
    ),
    (
        lambda: MicroFrontend().process(TWO),
        ValueError,
        "MicroFrontend: the audio has the shape [2, 16000]: expected (samples,)",
    ),
]


@pytest.mark.parametrize("case", range(len(ERRORS)))
def test_error(case):
    call, kind, text = ERRORS[case]
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text


def test_hostile_inputs_are_exceptions():
    """Nothing brings the process down, whatever is given."""
    values = [
        None,
        "text",
        b"bytes",
        [],
        {},
        object(),
        1e300,
        -1,
        2**70,
        float("nan"),
        numpy.zeros(0),
        "\0",
        [[]],
        True,
    ]
    values += [
        numpy.zeros(3, [("a", "i2")]),
        numpy.zeros((1,) * 32, numpy.int16),
        numpy.zeros(3, "M8[s]"),
        numpy.ma.masked,
    ]
    if numpy.lib.NumpyVersion(numpy.__version__) >= "2.0.0":
        values.append(numpy.zeros((1,) * 40, numpy.int16))
    for name, of in runeblocks.blocks.items():
        required = {spec["name"]: CASES[name][0][spec["name"]] for spec in of.descriptor["args"] if spec["required"]}
        for value in values:
            for spec in of.descriptor["args"]:
                refuses(lambda: of(**{**required, spec["name"]: value}))
            block = of(**required)
            refuses(lambda: block(value))
            refuses(lambda: block.batch(value))
            refuses(lambda: block.stream()(value))
            refuses(lambda: block.infer(value))
    for value in values:
        refuses(lambda: micro_frontend(value))
        refuses(lambda: MicroFrontend().process(value))
        refuses(lambda: MicroFrontend().process_samples(value))
        for name in runeblocks._frontend._NAMES:
            refuses(lambda: micro_frontend(AUDIO[:1000], **{name: value}))


def refuses(call):
    try:
        call()
    except Exception as error:
        # Panics of native code are no exceptions of this kind.
        assert type(error).__module__ == "builtins" or isinstance(error, (TypeError, ValueError)), error


def test_misspelt_attributes_are_refused():
    with pytest.raises(AttributeError, match="sampel_rate"):
        Fft().sampel_rate = 8000
    with pytest.raises(AttributeError, match="sampel_rate"):
        rune_py.Fft().sampel_rate = 8000


def test_a_damaged_state_is_refused():
    stream = Fft().stream()
    stream(AUDIO[:100])
    facts, state = stream._native.save()
    with pytest.raises(ValueError, match="fft: the saved state is cut short"):
        stream._native.restore(facts, state[:-1])
    with pytest.raises(ValueError, match="fft: the saved state is"):
        stream._native.restore(facts, b"")
