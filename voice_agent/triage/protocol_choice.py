"""Which protocol fits a caller's words."""

from __future__ import annotations

from collections.abc import Sequence

from voice_agent.triage.phrases import asserted, best_fit, fits, without
from voice_agent.triage.protocol_content import Protocol
from voice_agent.understanding.words import expanded


def protocol_for(text: str, protocols: Sequence[Protocol]) -> Protocol | None:
    """The protocol that the caller's words call for; None when no phrase of any fits.

    Of several symptoms in one breath the one with the lowest `priority` comes first; of equals the one whose phrase
    has more words, then the one that was said first. The fallback is never chosen by words.
    """
    heard = expanded(text)
    found: list[tuple[int, int, int, Protocol]] = []
    for protocol in protocols:
        meant = without(protocol.unless, heard)
        phrase = best_fit([phrase for phrase in protocol.applies_to if asserted(phrase, meant)], meant)
        if phrase is not None:
            found.append((protocol.priority, -len(phrase.split()), fits(phrase, meant) or 0, protocol))
    return min(found, key=lambda fit: fit[:3])[3] if found else None


def fallback_of(protocols: Sequence[Protocol]) -> Protocol | None:
    """The protocol for symptoms that no other covers."""
    return next((protocol for protocol in protocols if protocol.fallback), None)
