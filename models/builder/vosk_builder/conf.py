"""The front end's numbers, and Vosk's conf/mfcc.conf and conf/model.conf, which must agree with them."""

RATE_HZ = 8000
CEPSTRA = 40
LOW_HZ, HIGH_HZ = 40, -300
"""A negative upper edge counts down from half the sampling rate."""

FRAMES_PER_OUTPUT = 3
"""Input frames of 10 ms to one frame of the network's output. Vosk takes 30 ms for granted."""

MFCC_CONF = f"""\
--use-energy=false
--sample-frequency={RATE_HZ}
--num-mel-bins={CEPSTRA}
--num-ceps={CEPSTRA}
--low-freq={LOW_HZ}
--high-freq={HIGH_HZ}
--dither=0
"""

MODEL_CONF = f"""\
--min-active=200
--max-active=3000
--beam=11.0
--lattice-beam=5.0
--acoustic-scale=0.5
--frame-subsampling-factor={FRAMES_PER_OUTPUT}
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""
