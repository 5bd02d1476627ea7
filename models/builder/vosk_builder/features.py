"""MFCCs, as Kaldi computes them inside Vosk."""

import kaldi_native_fbank
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vosk_builder.conf import CEPSTRA, FRAMES_PER_OUTPUT, HIGH_HZ, LOW_HZ, RATE_HZ

Features = NDArray[np.float32]


def _options() -> kaldi_native_fbank.MfccOptions:
    options = kaldi_native_fbank.MfccOptions()
    options.frame_opts.samp_freq = RATE_HZ
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = CEPSTRA
    options.mel_opts.low_freq = LOW_HZ
    options.mel_opts.high_freq = HIGH_HZ
    options.num_ceps = CEPSTRA
    options.use_energy = False
    return options


_OPTIONS = _options()


def mfcc(samples: ArrayLike) -> Features:
    """8 kHz samples in the range of 16 bits -> [frames of 10 ms, 40]."""
    computer = kaldi_native_fbank.OnlineMfcc(_OPTIONS)
    computer.accept_waveform(RATE_HZ, np.asarray(samples, np.float32).tolist())
    computer.input_finished()
    frames = [computer.get_frame(index) for index in range(computer.num_frames_ready)]
    return np.stack(frames).astype(np.float32) if frames else np.zeros((0, CEPSTRA), np.float32)


def output_frames(features: int) -> int:
    """How many frames the network gives for so many of its input."""
    return (features + FRAMES_PER_OUTPUT - 1) // FRAMES_PER_OUTPUT
