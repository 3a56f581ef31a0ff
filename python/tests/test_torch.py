"""Blocks in PyTorch."""

import doctest
import pickle

import numpy
import pytest
from cases import sound
from runeblocks import Fft, NoiseFiltering

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
import runeblocks.torch
from runeblocks.torch import BlockDataset
from torch.utils.data import DataLoader, Subset

CLIPS = numpy.stack([sound(8000, seed) for seed in range(12)])
LABELS = list(range(12))
BLOCKS = [Fft(window_size=30, window_step=20), NoiseFiltering(out_type="float32", scale=0.0390625)]
EXPECTED = torch.from_numpy(numpy.asarray(BLOCKS[1](BLOCKS[0](CLIPS))))


def louder_or_softer(clip, random):
    return (clip * random.uniform(0.1, 1)).astype(numpy.int16)


def batches(dataset, **options):
    return list(DataLoader(dataset, batch_size=4, **options))


def test_documentation():
    result = doctest.testmod(runeblocks.torch)
    assert result.attempted > 0 and result.failed == 0


def test_features_are_those_of_the_blocks():
    dataset = BlockDataset(CLIPS, LABELS, BLOCKS)
    assert len(dataset) == 12 and len(list(dataset)) == 12
    for at in (0, 5, -1):
        features, label = dataset[at]
        assert features.dtype == torch.float32 and label == LABELS[at]
        assert torch.equal(features, EXPECTED[at])
    assert dataset.facts == BLOCKS[1](BLOCKS[0](CLIPS[0])).facts
    assert torch.equal(BlockDataset(list(CLIPS), None, BLOCKS)[3], EXPECTED[3])
    assert torch.equal(BlockDataset(CLIPS / 32768, None, BLOCKS, scale="pcm16")[3], EXPECTED[3])
    spectrum = BlockDataset(CLIPS, None, Fft())[0]
    numpy.testing.assert_array_equal(spectrum, Fft()(CLIPS[0]))


def test_quantised_features_stand_for_others():
    made = NoiseFiltering(out_type="int8")(BLOCKS[0](CLIPS[0]))
    scale, zero_point = made.facts.quantization
    expected = ((numpy.asarray(made, numpy.float64) - zero_point) * scale).astype(numpy.float32)
    features = BlockDataset(CLIPS, None, [BLOCKS[0], NoiseFiltering(out_type="int8")])[0]
    numpy.testing.assert_array_equal(features, expected)


def test_tensors_as_clips():
    dataset = BlockDataset(torch.from_numpy(CLIPS), torch.tensor(LABELS), BLOCKS)
    features, labels = batches(dataset)[1]
    assert torch.equal(features, EXPECTED[4:8]) and labels.tolist() == LABELS[4:8]


@pytest.mark.parametrize("method", [None, "fork", "spawn"])
def test_workers(method):
    if method not in (None, *torch.multiprocessing.get_all_start_methods()):
        pytest.skip(f"this system has no {method}")
    BLOCKS[0](CLIPS)  # on all cores, so that there are threads before a fork
    options = {} if method is None else {"num_workers": 2, "multiprocessing_context": method}
    made = batches(Subset(BlockDataset(CLIPS, LABELS, BLOCKS), range(12)), **options)
    assert torch.equal(torch.cat([features for features, _ in made]), EXPECTED)
    assert torch.cat([labels for _, labels in made]).tolist() == LABELS
    # An augmentation draws other numbers for each item, in each epoch and worker, and the same ones from one seed.
    dataset = BlockDataset(numpy.stack([CLIPS[0]] * 12), LABELS, BLOCKS, augment=louder_or_softer)
    torch.manual_seed(3)
    drawn = [features for _ in range(2) for features, _ in batches(dataset, **options)]
    assert len({clip.numpy().tobytes() for features in drawn for clip in features}) == 24
    torch.manual_seed(3)
    again = [features for _ in range(2) for features, _ in batches(dataset, **options)]
    assert all(map(torch.equal, drawn, again))


def test_copies():
    copied = pickle.loads(pickle.dumps(BlockDataset(CLIPS, LABELS, BLOCKS, augment=louder_or_softer)))
    assert copied.blocks == tuple(BLOCKS) and len(copied) == 12
    block = Fft()
    dataset = BlockDataset(CLIPS, None, block)
    block.num_channels = 10
    assert dataset[0].shape[-1] == 32


def test_messages():
    with pytest.raises(TypeError, match="BlockDataset: blocks is None: expected a block, or a list of at least one"):
        BlockDataset(CLIPS, LABELS, None)
    with pytest.raises(ValueError, match="BlockDataset: 11 labels for 12 clips: expected as many"):
        BlockDataset(CLIPS, LABELS[1:], BLOCKS)
    with pytest.raises(IndexError):
        BlockDataset(CLIPS, LABELS, BLOCKS)[12]
    with pytest.raises(TypeError, match="give scale=.pcm16"):
        BlockDataset(CLIPS / 32768, LABELS, BLOCKS)[0]
