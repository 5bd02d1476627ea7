"""What a sentence means, by vectors: a small network in numpy, beside the calls."""
