"""The distribution of a positive quadratic form in normal variables, sum(weight_i * chi2_1).

The inversion integral of the Laplace transform is taken along a parabola through its saddle point (Rice 1980;
Helstrom 1996), where the integrand neither cancels nor oscillates: the trapezoidal rule then gains digits
exponentially, in both tails alike.
"""

from __future__ import annotations

import numpy as np

from claimbook.synthesis.model import Array, NonConvergence

HALVINGS = 12


def quadratic_form_tails(q: float, weights: Array) -> tuple[float, float]:
    """P(form <= q) and P(form > q) for weights > 0, each to about 12 digits of itself."""
    if q <= 0:
        return 0.0, 1.0
    lam = weights / weights.max()
    q = q / float(weights.max())
    below = q < lam.sum()
    saddle = _saddle(q, lam, below)
    tail = _integral(q, lam, saddle)
    return (tail, 1 - tail) if below else (1 - tail, tail)


def _slopes(s: float, q: float, lam: Array) -> tuple[float, float, float]:
    """First three derivatives of s q - log|s| - sum(log(1 + 2 lam s)) / 2."""
    u = 2 * lam / (1 + 2 * lam * s)
    return (
        q - 1 / s - 0.5 * float(u.sum()),
        s**-2 + 0.5 * float(u @ u),
        -2 * s**-3 - float(u @ (u * u)),
    )


def _saddle(q: float, lam: Array, below: bool) -> float:
    """The stationary point: right of the pole at zero for the lower tail, just left of it for the upper."""
    low, high = (0.0, (0.5 * len(lam) + 1) / q) if below else (-0.5, 0.0)
    s = 0.5 * (low + high)
    for _ in range(200):
        slope, bend, _ = _slopes(s, q, lam)
        low, high = (s, high) if slope < 0 else (low, s)
        new = s - slope / bend
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - s) <= 1e-6 * abs(new):
            return new
        s = new
    raise NonConvergence(f"no saddle point found for a quadratic form at {q}")


def _integral(q: float, lam: Array, c: float) -> float:
    """The inversion integral along s(t) = c + i t - bend t^2 / 2, by halving the step until it settles."""
    _, second, third = _slopes(c, q, lam)
    bend = max(-third / (3 * second), 0.05 * second**0.5)
    step, total, previous = 0.5 / second**0.5, np.nan, np.nan
    for _ in range(HALVINGS):
        total = _trapezoid(q, lam, c, bend, step)
        if abs(total - previous) <= 1e-13 * abs(total):
            return total
        previous, step = total, 0.5 * step
    raise NonConvergence(f"the distribution of a quadratic form did not settle at {q}")


def _trapezoid(q: float, lam: Array, c: float, bend: float, step: float) -> float:
    total, start, n = 0.0, 0, 64
    while True:
        t = step * np.arange(start, start + n)
        s = c - 0.5 * bend * t * t + 1j * t
        log_transform = -0.5 * np.log1p(2 * lam * s[:, None]).sum(-1)
        terms = (np.exp(q * s + log_transform) / s * (1 + 1j * bend * t)).real
        total += float(terms.sum()) - (0.5 * float(terms[0]) if start == 0 else 0.0)
        if np.abs(terms[-8:]).max() <= 1e-17 * abs(total):
            return abs(total) * step / np.pi
        start, n = start + n, 2 * n
        if start > 1_000_000:
            raise NonConvergence(f"the distribution of a quadratic form did not settle at {q}")
