"""What holds for every block."""

import copy
import inspect
import pickle

import numpy
import pytest
import runeblocks
from cases import CASES, case

NAMES = sorted(runeblocks.blocks)
pytestmark = pytest.mark.filterwarnings("error")


def test_every_block_has_a_case():
    assert sorted(CASES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_class(name):
    of = runeblocks.blocks[name]
    assert getattr(runeblocks, of.__name__) is of and of.__name__ in runeblocks.__all__
    assert of.descriptor["summary"] in of.__doc__
    for spec in of.descriptor["args"]:
        for attribute in [spec["name"], *spec["aliases"]]:
            assert not hasattr(runeblocks.Block, attribute), f"{attribute} hides one of every block"
            assert spec["summary"] in getattr(of, attribute).__doc__
        assert spec["name"] in of.__doc__ and spec["expected"] in of.__doc__
        parameter = inspect.signature(of).parameters[spec["name"]]
        assert parameter.kind is parameter.KEYWORD_ONLY
        assert parameter.default == (parameter.empty if spec["required"] else spec["default"])


@pytest.mark.parametrize("name", NAMES)
def test_arguments(name):
    block, _ = case(name)
    of, given = runeblocks.blocks[name], CASES[name][0]
    params = block.get_params()
    assert list(params) == [spec["name"] for spec in of.descriptor["args"]]
    for key, value in given.items():
        assert getattr(block, key) == value
    for spec in of.descriptor["args"]:
        for attribute in [spec["name"], *spec["aliases"]]:
            assert getattr(block, attribute) == params[spec["name"]]
        if spec["name"] not in given and not any(alias in given for alias in spec["aliases"]):
            assert params[spec["name"]] == spec["default"]
    assert eval(repr(block), vars(runeblocks)) == block


@pytest.mark.parametrize("name", NAMES)
def test_setting_is_as_making(name):
    block, given = case(name)
    required = {spec["name"]: CASES[name][0][spec["name"]] for spec in block.descriptor["args"] if spec["required"]}
    other = runeblocks.blocks[name](**required)
    assert other != block or not CASES[name][0]
    assert other.set_params(**CASES[name][0]) is other
    assert other == block
    numpy.testing.assert_array_equal(other(given), block(given))


@pytest.mark.parametrize("name", NAMES)
def test_copies(name):
    block, given = case(name)
    expected = block(given)
    protocols = range(2, pickle.HIGHEST_PROTOCOL + 1)
    copies = [copy.copy(block), copy.deepcopy(block), *(pickle.loads(pickle.dumps(block, p)) for p in protocols)]
    for copied in copies:
        assert copied == block and copied is not block and type(copied) is type(block)
        numpy.testing.assert_array_equal(copied(given), expected)


@pytest.mark.parametrize("name", NAMES)
def test_call_is_a_function(name):
    block, given = case(name)
    kept = numpy.array(given)
    first, facts = block(given), block.infer(given)
    block(CASES[name][1](2))
    again = block(given)
    block.reset()
    for result in (again, block(given)):
        numpy.testing.assert_array_equal(result, first)
        assert (result.shape, result.dtype.kind) == (facts.shape, facts.dtype.kind)
        assert result.flags.writeable and result.facts is not None and result.facts.shape == result.shape
    numpy.testing.assert_array_equal(given, kept)


@pytest.mark.parametrize("name", NAMES)
def test_batch_is_its_clips(name):
    block, _ = case(name)
    clips = [CASES[name][1](seed) for seed in range(5)]
    expected = numpy.stack([block(clip) for clip in clips])
    batch = numpy.stack(clips)
    facts = getattr(clips[0], "facts", None)
    if facts is not None:
        batch = runeblocks.with_facts(batch, **facts.__getnewargs_ex__()[1])
    for made in [block.batch(batch)] + ([block(batch)] if block.descriptor["inputs"][0]["axes"] else []):
        assert made.dtype.kind == expected.dtype.kind
        numpy.testing.assert_array_equal(made, expected)
    assert block.batch(batch[:0]).shape == (0, *expected.shape[1:])
    numpy.testing.assert_array_equal(block.batch(batch[::-2]), expected[::-2])


@pytest.mark.parametrize("name", ["fft", "noise-filtering", "spectrogram", "mel-filterbank", "mfcc"])
def test_batch_of_batches(name):
    block, given = case(name)
    batch = numpy.stack([[CASES[name][1](seed) for seed in range(3)] for _ in range(2)])
    facts = getattr(given, "facts", None)
    batch = batch if facts is None else runeblocks.with_facts(batch, **facts.__getnewargs_ex__()[1])
    made = block(batch)
    assert made.shape[:2] == (2, 3)
    for i, j in numpy.ndindex(2, 3):
        numpy.testing.assert_array_equal(made[i, j], block(batch[i, j]))


STREAMS = [name for name in NAMES if name != "normalize"]


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("seed", range(5))
def test_stream_is_the_clip(name, seed):
    block, given = case(name)
    expected = block(given)
    random = numpy.random.default_rng(seed)
    most = [1000, 7, 3, 400, len(given)][seed] if len(given) > 100 else 3
    stream = block.stream()
    for turn in range(2):
        pieces, at = [], 0
        while at < len(given):
            size = int(random.integers(0, most + 1))
            pieces.append(stream(given[at : at + size]))
            at += size
            if random.integers(50) == 0:
                stream = random.choice([copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])(stream)
        numpy.testing.assert_array_equal(numpy.concatenate(pieces), expected, err_msg=f"turn {turn}")
        assert pieces[-1].facts == block.infer(given).reshaped(pieces[-1].shape)
        stream.reset()


def test_a_stream_keeps_its_arguments():
    block, given = case("fft")
    stream, expected = block.stream(), block(given)
    block.num_channels = 10
    numpy.testing.assert_array_equal(stream(given), expected)
    assert repr(stream) == "Fft(window_size=30, window_step=20, num_channels=40, dialect='tflm').stream()"


def test_names_and_forms_of_arguments():
    assert runeblocks.NoiseFiltering(strength=0.5, offset=3) == runeblocks.NoiseFiltering(
        pcan_strength=0.5, pcan_offset=3.0
    )
    block = runeblocks.NoiseFiltering(out_type="INT8", gain_bits=21.0, enable_log=numpy.bool_(False))
    assert block == runeblocks.NoiseFiltering(out_type="int8", enable_log=False)
    assert block != runeblocks.NoiseFiltering() and block != runeblocks.Fft() and block != 3
    block.offset = numpy.float64(3)
    assert block.pcan_offset == 3.0
    for words in ("a\nb", ["a", "b"], ("a", "b"), numpy.array(["a", "b"])):
        assert runeblocks.Label(labels=words).wordlist == ["a", "b"]
    assert runeblocks.Fft(window_size=numpy.int64(30)).window_size == 30
    with pytest.raises(TypeError):
        hash(block)


def test_arguments_are_set_together():
    fft = runeblocks.Fft()
    with pytest.raises(ValueError):
        fft.window_step = 40
    assert fft == runeblocks.Fft()
    fft.set_params(window_step=40, window_size=40)
    assert (fft.window_size, fft.window_step) == (40, 40)


def test_facts_go_from_block_to_block():
    fft = runeblocks.Fft(window_size=30, window_step=20, num_channels=40)
    noise_filtering = runeblocks.NoiseFiltering(out_type="float32", scale=0.0390625)
    facts = fft.infer(runeblocks.Facts("int16", 16000, sample_rate=16000))
    assert (facts.dtype, facts.shape) == (numpy.uint32, (49, 40))
    assert (facts.sample_rate, facts.framing, facts.fft_size, facts.quantization) == (16000, (480, 320), 512, None)
    assert facts.front_end == fft.digest
    made = noise_filtering.infer(facts)
    assert made.front_end == "839c3395b83c015da6215b21ae36811ba2aac77f3dd0426de6c611af8912815a"
    assert noise_filtering(fft(numpy.zeros(16000, numpy.int16))).facts == made
    assert noise_filtering.infer(fft.infer(runeblocks.Facts("int16", (None,)))).shape == (None, 40)
    assert noise_filtering.digest is None and runeblocks.Spectrogram().digest is not None
    noise_filtering.set_params(out_type="int8", scale=1)
    assert noise_filtering.infer(facts).quantization == (0.1015625, -128)
