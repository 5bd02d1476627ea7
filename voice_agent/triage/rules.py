"""How findings make a red flag.

`fever + stiff_neck/light_hurts + not cough`: all parts joined by `+`, either of those joined by `/`, absence by
`not` (beside it: what is said in another clause takes nothing away). Written by clinicians in
dialogs/red_flags.yaml, parsed once.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field

Covers = Callable[[str, tuple[str, ...]], bool]


class RuleError(ValueError):
    """A rule cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds when each of `needs` has one of its findings, and none of `without` is there."""

    needs: tuple[tuple[str, ...], ...]
    without: tuple[str, ...] = ()
    text: str = field(default="", compare=False)
    """As it was written."""

    def holds(self, is_found: Callable[[str], bool], covers: Covers | None = None) -> bool:
        """Whether the findings make this rule true.

        `covers(name, parts)` says whether the finding `name`, which must be absent, stands wherever one of `parts`
        stands; what is said elsewhere in the utterance then takes nothing away. Without it any mention counts.
        """
        if not all(any(map(is_found, either)) for either in self.needs):
            return False
        absent = [name for name in self.without if is_found(name)]
        if covers is None:
            return not absent
        return not any(covers(name, either) for name in absent for either in self.needs)

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
    return Rule(tuple(needs), tuple(without), text)
