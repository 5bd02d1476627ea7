"""What the training program measures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Chances = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]


def auc(chances: Chances, truth: Truth) -> float:
    """How often a true one has more than a false one; ties count half."""
    yes, no = chances[truth][:, None], chances[~truth][None, :]
    return float(((yes > no) + 0.5 * (yes == no)).mean())


def platt(scores: Chances, truth: Truth) -> tuple[float, float]:
    """Slope and offset of the logistic curve (Platt 1999, with his softened targets), by Newton's method."""
    yes = int(truth.sum())
    soft = np.where(truth, (yes + 1) / (yes + 2), 1 / (len(truth) - yes + 2))
    x = np.column_stack([scores, np.ones_like(scores)])
    at = np.zeros(2)
    for _ in range(100):
        chance = 1 / (1 + np.exp(-np.clip(x @ at, -30, 30)))
        step = np.linalg.solve((x * (chance * (1 - chance))[:, None]).T @ x + 1e-9 * np.eye(2), x.T @ (chance - soft))
        at -= step
        if np.abs(step).max() < 1e-9:
            break
    return float(round(at[0], 6)), float(round(at[1], 6))


def threshold_for(chances: Chances, share: float) -> float:
    """The lowest hundredth (thousandth, near one) that at most `share` of `chances` reaches."""
    for step in (*np.arange(0.01, 0.99, 0.01), *np.arange(0.99, 1.0, 0.001)):
        if (chances >= step).mean() <= share:
            return float(round(step, 3))
    return 1.0


def highest_for(chances: Chances, share: float) -> float:
    """The highest hundredth below which at most `share` of `chances` lies."""
    steps = np.arange(0.99, 0, -0.01)
    return next((float(round(step, 2)) for step in steps if (chances < step).mean() <= share), 0.0)


def wilson(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z = 1.959964
    share = count / total
    middle = share + z * z / (2 * total)
    half = z * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    low, high = (middle - half) / (1 + z * z / total), (middle + half) / (1 + z * z / total)
    return max(0.0, float(low)), min(1.0, float(high))


def reliability(chances: Chances, truth: Truth) -> list[tuple[float, float, int, float, float]]:
    """Rows of (from, to, sentences, mean probability, share that is true); bins without a sentence are left out."""
    rows = []
    for low in np.arange(0, 1, 0.1):
        inside = (chances >= low) & (chances < low + 0.1 + 1e-9 * (low > 0.85))
        if inside.any():
            rows.append((low, low + 0.1, int(inside.sum()), float(chances[inside].mean()), float(truth[inside].mean())))
    return rows
