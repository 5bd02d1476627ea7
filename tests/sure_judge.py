"""A second opinion that takes all words for a crisis, and asks."""

from __future__ import annotations

from voice_agent.triage.second_opinion import Opinion, Thresholds


class SureOfEverything:
    """`triage.second_opinion.Judge`."""

    thresholds = Thresholds(ask=0.5, nurse=0.9, ask_crisis=0.5, nurse_crisis=0.95, name=0.5)

    def opinion(self, text: str) -> Opinion:
        """Always the same."""
        return Opinion(urgent=0.6, crisis=0.6, flag="suicide", flag_sure=0.9, crisis_flag="suicide")
