"""How findings make a red flag.

`fever + stiff_neck/light_hurts + not cough`: all parts joined by `+`, either of those joined by `/`, absence by
`not`. Written by clinicians in dialogs/red_flags.yaml, parsed once.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass


class RuleError(ValueError):
    """A rule cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds when each of `needs` has one of its findings, and none of `without` is there."""

    needs: tuple[tuple[str, ...], ...]
    without: tuple[str, ...] = ()

    def holds(self, is_found: Callable[[str], bool]) -> bool:
        """Whether the findings make this rule true."""
        return all(any(map(is_found, either)) for either in self.needs) and not any(map(is_found, self.without))

    def touches(self, new: Container[str]) -> bool:
        """Whether any finding of `new` takes part."""
        return any(name in new for either in self.needs for name in either)

    def used(self, is_found: Callable[[str], bool]) -> list[str]:
        """The findings that make it true, one a part."""
        return [next(filter(is_found, either)) for either in self.needs]

    def names(self) -> tuple[str, ...]:
        """Every finding that it speaks of."""
        return tuple(name for either in self.needs for name in either) + self.without


def parse_rule(text: str) -> Rule:
    """`a + b/c + not d` as a Rule. Raises RuleError."""
    needs: list[tuple[str, ...]] = []
    without: list[str] = []
    for part in text.split("+"):
        words = part.split()
        if len(words) == 2 and words[0] == "not":
            without.append(words[1])
        elif len(words) == 1:
            needs.append(tuple(words[0].split("/")))
        else:
            raise RuleError(f"{text!r}: write findings as `a + b/c + not d`")
    if not needs or not all(name for either in needs for name in either):
        raise RuleError(f"{text!r}: at least one finding must be there")
    return Rule(tuple(needs), tuple(without))
