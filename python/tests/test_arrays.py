"""Layouts of arrays, and the facts that they carry."""

import copy
import pickle

import numpy
import pytest
import runeblocks
from cases import sound


def layouts(array):
    """The same values, lying in other ways."""
    yield "read-only", numpy.frombuffer(array.tobytes(), array.dtype).reshape(array.shape)
    yield "as list of rows", array[:] if array.ndim == 1 else numpy.asfortranarray(array)
    wide = numpy.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    yield "every other", wide[..., ::2]
    yield "backwards", array[..., ::-1].copy()[..., ::-1]
    yield "big-endian", array.astype(array.dtype.newbyteorder(">"))
    yield "little-endian", array.astype(array.dtype.newbyteorder("<"))
    bytes_ = numpy.zeros(array.nbytes + 1, numpy.uint8)
    unaligned = bytes_[1:].view(array.dtype).reshape(array.shape)
    unaligned[...] = array
    assert not unaligned.flags.aligned
    yield "unaligned", unaligned
    odd = numpy.zeros(array.shape, [("x", array.dtype), ("y", "u1")])
    odd["x"] = array
    yield "a field", odd["x"]
    yield "a column", numpy.stack([array, -array if array.dtype.kind == "i" else array], -1)[..., 0]


@pytest.mark.parametrize("shape", [(16000,), (3, 5000)])
def test_layouts_of_sound(shape):
    audio = sound(numpy.prod(shape)).reshape(shape)
    fft = runeblocks.Fft()
    expected, features = fft(audio), runeblocks.micro_frontend(audio)
    for name, layout in layouts(audio):
        numpy.testing.assert_array_equal(layout, audio)
        numpy.testing.assert_array_equal(fft(layout), expected, err_msg=name)
        numpy.testing.assert_array_equal(runeblocks.micro_frontend(layout), features, err_msg=name)


def test_layouts_of_frames():
    frames = runeblocks.Fft()(sound())
    expected = runeblocks.NoiseFiltering()(frames)
    for name, layout in layouts(numpy.asarray(frames)):
        layout = runeblocks.with_facts(layout, fft_size=512)
        numpy.testing.assert_array_equal(runeblocks.NoiseFiltering()(layout), expected, err_msg=name)


def test_every_element_type():
    types = "u1 i1 u2 i2 u4 i4 u8 i8 f4 f8".split()
    for dtype in [*types, *(f">{name}" for name in types)]:
        values = numpy.array([[7, 1], [100, 3]], dtype)
        made = runeblocks.Modulo(modulus=5)(values)
        assert made.dtype == numpy.dtype(dtype).newbyteorder("=")
        numpy.testing.assert_array_equal(made, [[2, 1], [0, 3]])
        numpy.testing.assert_array_equal(runeblocks.Modulo(modulus=5).batch(values), [[2, 1], [0, 3]])


def test_lists_and_scalars():
    numpy.testing.assert_array_equal(runeblocks.Modulo(modulus=5)([7, 13]), [2, 3])
    assert runeblocks.Modulo(modulus=5)(7).shape == ()
    assert runeblocks.Normalize()(numpy.zeros((2, 0, 3), numpy.int16)).shape == (2, 0, 3)


def test_floats_need_a_scale():
    audio = numpy.array([-2, -1, -0.5, 0, 0.5, 1, 2, 1.5 / 32768, 2.5 / 32768, -1.5 / 32768])
    whole = numpy.array([-32768, -32768, -16384, 0, 16384, 32767, 32767, 2, 3, -1], numpy.int16)
    audio, whole = numpy.tile(audio, 1000), numpy.tile(whole, 1000)
    for floats in (audio, audio.reshape(4, 2500)):
        expected = runeblocks.Fft()(whole.reshape(floats.shape))
        numpy.testing.assert_array_equal(runeblocks.Fft()(floats, scale="pcm16"), expected)
        numpy.testing.assert_array_equal(
            runeblocks.Fft().batch(floats.reshape(4, 2500), scale="pcm16").shape, (4, 14, 32)
        )
        features = runeblocks.micro_frontend(floats, scale="pcm16")
        numpy.testing.assert_array_equal(features, runeblocks.micro_frontend(whole.reshape(floats.shape)))
    stream = runeblocks.Fft().stream()
    numpy.testing.assert_array_equal(stream(audio, scale="pcm16"), runeblocks.Fft()(whole))


def test_an_array_carries_facts():
    made = runeblocks.Fft()(sound())
    facts = made.facts
    assert isinstance(made, numpy.ndarray) and facts == runeblocks.Fft().infer(sound())
    for whole in (made[:], made.copy(), copy.copy(made), copy.deepcopy(made), made.view()):
        assert whole.facts == facts
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(made, protocol))
        numpy.testing.assert_array_equal(again, made)
        assert again.facts == facts
    for part in (made[3:5], made[None], made.reshape(-1), made.T):
        assert part.facts == facts.reshaped(part.shape)
    for plain in (made + 1, made * made, numpy.mean(made, axis=0), numpy.concatenate([made, made]), numpy.sqrt(made)):
        assert type(plain) is numpy.ndarray
    assert isinstance(made.max(), numpy.uint32) and isinstance(made[0, 0], numpy.uint32)
    assert made.astype(numpy.float32).facts is None and numpy.asarray(made).__class__ is numpy.ndarray
    batch = runeblocks.Fft()(numpy.stack([sound(), sound()]))
    assert batch.facts == facts.reshaped((2, *made.shape)) and batch[1].facts == facts


def test_facts_are_given():
    plain = numpy.asarray(runeblocks.Fft()(sound()))
    array = runeblocks.with_facts(plain, fft_size=512)
    assert array.facts == runeblocks.Facts("uint32", plain.shape, fft_size=512)
    assert numpy.shares_memory(array, plain) and not hasattr(plain, "facts")
    more = runeblocks.with_facts(array, sample_rate=8000)
    assert (more.facts.fft_size, more.facts.sample_rate, array.facts.sample_rate) == (512, 8000, None)
    numpy.testing.assert_array_equal(
        runeblocks.NoiseFiltering()(array), runeblocks.NoiseFiltering()(runeblocks.Fft()(sound()))
    )


def test_facts():
    facts = runeblocks.Facts(
        numpy.int8,
        (None, 40),
        sample_rate=16000,
        framing=(480, 320),
        fft_size=512,
        quantization=(0.5, -3),
        front_end="ab" * 32,
    )
    assert eval(repr(facts), vars(runeblocks)) == facts
    for copied in (copy.copy(facts), copy.deepcopy(facts), pickle.loads(pickle.dumps(facts))):
        assert copied == facts
    assert facts != runeblocks.Facts("int8", (None, 40)) and facts != 3
    assert facts.reshaped(3).shape == (3,) and facts.reshaped((3, 4)).front_end == "ab" * 32
    assert runeblocks.Facts("str", ()).dtype.kind == "U"
