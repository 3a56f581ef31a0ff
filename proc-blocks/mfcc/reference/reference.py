"""The running references of `spectrogram`, `mel-filterbank` and `mfcc`: librosa and tf.signal.

    pip install -r proc-blocks/mfcc/reference/requirements.txt

Each function takes samples as `librosa.load` gives them (float32, full scale −1 to 1) and the arguments of the three blocks, and gives the
three results, frames first.
"""

import os

import librosa
import numpy as np


def with_librosa(samples, spectrogram, mel, mfcc):
    """Of arguments with `framing: librosa`, `triangles: hz`, `norm: ortho`, and no `log_offset` where the logarithm is `db`."""
    stft = librosa.stft(
        samples,
        n_fft=spectrogram["n_fft"],
        win_length=spectrogram["win_length"],
        hop_length=spectrogram["hop_length"],
        window=spectrogram["window"],
        center=False,
    )
    bins = np.abs(stft) ** 2 if spectrogram["output"] != "magnitude" else np.abs(stft)
    mels = librosa.feature.melspectrogram(
        S=bins,
        sr=spectrogram["sample_rate"],
        n_fft=spectrogram["n_fft"],
        n_mels=mel["n_mels"],
        fmin=mel["fmin"],
        fmax=mel["fmax"],
        htk=mel["htk"],
        norm={"slaney": "slaney", "none": None}[mel["norm"]],
    )
    if spectrogram["output"] == "db":
        bins = librosa.power_to_db(bins, ref=spectrogram["reference"], amin=spectrogram["amin"], top_db=None)
    if mel["log"] == "db":
        mels = librosa.power_to_db(mels, ref=mel["reference"], amin=mel["amin"], top_db=None)
    elif mel["log"] != "none":
        shifted = np.maximum(mels, mel["amin"]) + mel["log_offset"]
        mels = np.log10(shifted) if mel["log"] == "log10" else np.log(shifted)
    coefficients = librosa.feature.mfcc(S=mels, n_mfcc=mfcc["n_mfcc"], norm="ortho", lifter=mfcc["lifter"])
    return {"spectrogram": bins.T, "mels": mels.T, "mfcc": coefficients.T}


def with_tensorflow(samples, spectrogram, mel, mfcc):
    """Of arguments with `framing: tf`, an even `n_fft`, `htk: true`, `norm: none`, `triangles: mel`, `amin: 0`, a natural logarithm and `norm: htk`."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    stft = tf.signal.stft(
        tf.constant(samples),
        frame_length=spectrogram["win_length"],
        frame_step=spectrogram["hop_length"],
        fft_length=spectrogram["n_fft"],
        window_fn={"hann": tf.signal.hann_window, "hamming": tf.signal.hamming_window, "boxcar": None}[spectrogram["window"]],
    )
    bins = tf.abs(stft) if spectrogram["output"] == "magnitude" else tf.abs(stft) ** 2
    rate = spectrogram["sample_rate"]
    weights = tf.signal.linear_to_mel_weight_matrix(
        num_mel_bins=mel["n_mels"],
        num_spectrogram_bins=bins.shape[-1],
        sample_rate=rate,
        lower_edge_hertz=mel["fmin"],
        upper_edge_hertz=rate / 2 if mel["fmax"] is None else mel["fmax"],
    )
    mels = tf.math.log(tf.tensordot(bins, weights, 1) + mel["log_offset"])
    coefficients = tf.signal.mfccs_from_log_mel_spectrograms(mels)[..., : mfcc["n_mfcc"]]
    return {"spectrogram": bins.numpy(), "mels": mels.numpy(), "mfcc": coefficients.numpy()}


REFERENCES = {"librosa": with_librosa, "tf": with_tensorflow}


def run(samples, request):
    """The results for a request that names the arguments of each block, `framing` saying which reference."""
    of = REFERENCES[request["spectrogram"]["framing"]]
    return of(samples, request["spectrogram"], request["mel-filterbank"], request["mfcc"])
