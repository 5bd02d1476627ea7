"""Builds a small Vosk model of a clinic's callers from synthetic speech.

paths          where data, work and model directories are
text           word lists and sentence templates -> sentences
conf           the front end's numbers, and Vosk's configuration files
phones         the sounds, and their Kaldi numbers
lexicon        word -> sounds
corpus         the words and the text of this model
language_model sentences -> interpolated trigram
graph          lexicon and trigram -> graph/HCLr.fst, graph/Gr.fst, words.txt
voices         flite, espeak-ng and festival say a sentence
telephone      what a telephone and a room do to a voice
features       MFCCs, as Kaldi computes them
recordings     synthetic callers: the training and test sets
alignment      which sound is spoken in which frame
network        the time-delay network
training       recordings -> network
kaldi          network -> final.mdl, in Kaldi's binary format
model_dir      all of it -> a directory that vosk.Model loads
evaluation     word errors, grammars, speed, memory -> model-card.yaml
"""
