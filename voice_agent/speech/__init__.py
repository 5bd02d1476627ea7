"""Ears and mouth."""

import os

# The voice-activity network splits its 0.2 ms of work over all cores unless told otherwise, and its threads then wait
# for one another in a loop, holding Python's global lock: four times the cost, and twenty times when the machine is
# full. OpenMP reads this once, when the first library that uses it is loaded.
os.putenv("OMP_THREAD_LIMIT", "1")
