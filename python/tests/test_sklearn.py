"""Blocks in scikit-learn."""

import doctest
import pickle

import numpy
import pytest
import runeblocks
from cases import sound
from runeblocks import Fft, Label, MelFilterbank, Mfcc, Modulo, NoiseFiltering, Spectrogram

pytest.importorskip("sklearn", reason="scikit-learn is not installed")
import runeblocks.sklearn
from runeblocks.sklearn import BlockTransformer
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

pytestmark = pytest.mark.filterwarnings("error")
CLIPS = numpy.stack([sound(8000, seed) for seed in range(12)])


def transformer(**args):
    return BlockTransformer([Fft(window_step=20), NoiseFiltering(out_type="int8")], **args)


def test_documentation():
    result = doctest.testmod(runeblocks.sklearn)
    assert result.attempted > 0 and result.failed == 0


def test_features_are_those_of_the_blocks():
    expected = NoiseFiltering(out_type="int8")(Fft(window_step=20)(CLIPS))
    made = transformer().fit_transform(CLIPS)
    assert type(made) is numpy.ndarray and made.dtype == numpy.int8
    numpy.testing.assert_array_equal(made, expected.reshape(12, -1))
    frames = transformer(flatten=False).fit(CLIPS)
    numpy.testing.assert_array_equal(frames.transform(CLIPS), expected)
    assert frames.facts_ == expected[0].facts and frames.n_features_in_ == 8000
    numpy.testing.assert_array_equal(BlockTransformer(Fft()).fit_transform(CLIPS), Fft()(CLIPS).reshape(12, -1))
    numpy.testing.assert_array_equal(transformer().fit(CLIPS).transform(CLIPS[:1]), made[:1])


def test_floats_and_facts():
    floats = transformer(scale="pcm16").fit_transform(CLIPS / 32768)
    numpy.testing.assert_array_equal(floats, transformer().fit_transform(CLIPS))
    slow = runeblocks.with_facts(CLIPS, sample_rate=8000)
    with pytest.raises(ValueError, match="sound at 8000 Hz: expected 16000 Hz"):
        transformer().fit(slow)
    assert BlockTransformer(Fft(sample_rate=8000, upper_band_limit=3500)).fit(slow).facts_.sample_rate == 8000


def test_parameters():
    features = transformer()
    params = features.get_params()
    assert params["fft__window_step"] == 20 and params["noise_filtering__out_type"] == "int8"
    assert params["fft"] is features.blocks[0] and set(features.get_params(deep=False)) == {
        "blocks",
        "flatten",
        "scale",
    }
    # Both are set before either is checked.
    assert features.set_params(fft__window_size=50, fft__window_step=50, flatten=False) is features
    assert (features.blocks[0].window_step, features.flatten) == (50, False)
    kept = features.blocks
    features.set_params(fft=Fft(num_channels=10), fft__window_size=30)
    assert features.blocks[0] == Fft(num_channels=10, window_size=30) and kept[0].window_step == 50
    one = BlockTransformer(Fft()).set_params(fft=Fft(num_channels=9))
    assert one.blocks == Fft(num_channels=9)
    one.set_params(blocks=[Modulo(modulus=9), Modulo(modulus=7)], modulo_2__modulus=5)
    assert one.blocks == [Modulo(modulus=9), Modulo(modulus=5)]
    numpy.testing.assert_array_equal(one.fit_transform(CLIPS), numpy.fmod(numpy.fmod(CLIPS, 9), 5))
    again = BlockTransformer(Fft()).set_params(**transformer(scale=1.0).get_params())
    assert again.blocks == transformer().blocks and again.scale == 1.0


def test_copies():
    features = transformer(scale=2.0)
    copied = clone(features)
    assert copied is not features and copied.blocks == features.blocks and copied.scale == 2.0
    copied.set_params(fft__num_channels=5)
    assert features.blocks[0].num_channels == 32
    assert clone(Fft(upper_band_limit=7000.0)) == Fft(upper_band_limit=7000.0)
    fitted = pickle.loads(pickle.dumps(transformer().fit(CLIPS)))
    numpy.testing.assert_array_equal(fitted.transform(CLIPS), transformer().fit_transform(CLIPS))
    assert repr(transformer()) == ("BlockTransformer(blocks=[Fft(window_step=20), NoiseFiltering(out_type='int8')])")
    assert "Fft(window_step=20)" in transformer()._repr_html_()


def test_search_over_a_block():
    labels = numpy.arange(12) % 2
    clips = CLIPS // numpy.where(labels, 1, 50)[:, None].astype(numpy.int16)
    model = Pipeline([("features", BlockTransformer([Spectrogram(output="db")])), ("classify", LogisticRegression())])
    grid = {"features__spectrogram__hop_length": [256, 512], "features__spectrogram": [Spectrogram(output="magnitude")]}
    search = GridSearchCV(model, [grid, {"features__flatten": [True]}], cv=2, error_score="raise").fit(clips, labels)
    assert search.score(clips, labels) == 1.0
    assert {params.get("features__spectrogram__hop_length") for params in search.cv_results_["params"]} == {
        256,
        512,
        None,
    }


def test_names_and_frames():
    names = transformer().fit(CLIPS).get_feature_names_out()
    assert names.dtype == object and list(names[[0, 1, 32]]) == [
        "frame0_channel0", "frame0_channel1", "frame1_channel0",
    ]  # fmt: skip
    assert len(set(names)) == transformer().fit_transform(CLIPS).shape[1]
    mfcc = BlockTransformer([Spectrogram(), MelFilterbank(), Mfcc()]).fit(CLIPS)
    assert mfcc.get_feature_names_out()[14] == "frame1_coefficient1"
    assert BlockTransformer(Modulo(modulus=3)).fit(CLIPS).get_feature_names_out()[5] == "modulo5"
    with pytest.raises(ValueError, match="only flattened features have names: set flatten=True"):
        transformer(flatten=False).fit(CLIPS).get_feature_names_out()
    union = FeatureUnion([("quiet", transformer()), ("mfcc", mfcc)]).fit(CLIPS)
    assert union.get_feature_names_out()[0] == "quiet__frame0_channel0"


def test_pandas():
    pytest.importorskip("pandas", reason="pandas is not installed")
    table = transformer().set_output(transform="pandas").fit_transform(CLIPS)
    assert table.columns[1] == "frame0_channel1" and (table.dtypes == numpy.int8).all()
    model = make_pipeline(transformer(), StandardScaler()).set_output(transform="pandas")
    assert model.fit_transform(CLIPS).columns[1] == "frame0_channel1"


def test_messages():
    with pytest.raises(NotFittedError):
        transformer().transform(CLIPS)
    for blocks in (None, [], "fft", [Fft(), "fft"]):
        with pytest.raises(
            TypeError, match="BlockTransformer: blocks is .*: expected a block, or a list of at least one"
        ):
            BlockTransformer(blocks).fit(CLIPS)
    with pytest.raises(
        ValueError, match="no parameter 'fft__': expected one of blocks, flatten, scale, fft, fft__ARGUMENT"
    ):
        BlockTransformer(Fft()).set_params(fft__=3)
    with pytest.raises(ValueError, match="no parameter 'mfcc__n_mfcc'"):
        transformer().set_params(mfcc__n_mfcc=3)
    with pytest.raises(TypeError, match="window_stp"):
        transformer().set_params(fft__window_stp=3)
    with pytest.raises(TypeError, match="give scale=.pcm16"):
        transformer().fit(CLIPS / 32768)
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        transformer().fit(CLIPS[0])
    with pytest.raises(ValueError, match="4000 features, but BlockTransformer is expecting 8000"):
        transformer().fit(CLIPS).transform(CLIPS[:, :4000])
    with pytest.raises((TypeError, ValueError), match="label"):
        BlockTransformer([Fft(), Label(labels=["x"]), NoiseFiltering()]).fit(CLIPS)


@parametrize_with_checks([BlockTransformer(Modulo(modulus=3))])
def test_what_scikit_learn_expects(estimator, check):
    check(estimator)
