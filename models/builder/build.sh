#!/bin/sh
# Builds the Vosk model.   usage: build.sh [all | graph | check | words | evaluate]
#
#   all       from nothing: environment, speech, training, model, evaluation; about 30 minutes on one free core
#   graph     new words and language model for the network there is; seconds
#   check     does `graph` give the model's graph again, byte for byte?
#   words     how many words there are; names those without a pronunciation
#   evaluate  measure the model and write its model-card.yaml; about 10 minutes
#
# WORK (models/work) keeps the environment, the recordings and the network; what is there is not made again.
# MODEL (models/clinic-en-8k) is the model directory.
# Needs the Debian packages libfst-tools; for all and evaluate also
# flite espeak-ng festival festvox-kallpc16k festvox-us-slt-hts.
set -eu
builder=$(cd "$(dirname "$0")" && pwd)
work=${WORK:-$builder/../work}
model=${MODEL:-$builder/../clinic-en-8k}
python=$work/venv/bin/python

mkdir -p "$work"
if ! [ -f "$work/venv/complete" ]; then
    python3.11 -m venv "$work/venv"
    "$python" -m pip install --quiet --requirement "$builder/requirements.txt"
    touch "$work/venv/complete"
fi

run() {
    echo "== $1"
    OMP_NUM_THREADS=1 PYTHONPATH=$builder "$python" -m vosk_builder --work "$work" --model "$model" "$1"
}

case ${1:-all} in
all)
    run words
    run record
    run train
    run export
    run check
    run evaluate
    ;;
graph | check | words | evaluate)
    run "$1"
    ;;
*)
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
