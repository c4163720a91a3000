"""The data of "Try your own choices": one row a comparison, the book's own choice and what it must give.

The script beside it (``static/try.js``) computes that choice again when the page is opened and switches
itself off where its result differs. Without the script the page shows nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scipy.special import ndtri

from claimbook.book import figures
from claimbook.book.markup import Html, data_script, join, tag

if TYPE_CHECKING:
    from claimbook.findings import Finding
    from claimbook.synthesis import Pooled

MODELS = {("REML", "HKSJ"), ("DL", "z"), ("EE", "z")}
"""The choices of tau2 and interval that the script knows."""


def widget(finding: Finding) -> Html:
    """The place of the widget with its data and its script; nothing where there is nothing to choose."""
    p = finding.pooled
    if p is None or p.k < 2 or (p.method, p.interval) not in MODELS:
        return join()
    scripts = [tag("script", src=f"../_static/{name}.js", defer=True) for name in ("pool", "try")]
    return join(
        tag("div", id="try", class_="cb-try"),
        data_script(contract(finding, p), type="application/json", id="cb-data"),
        *scripts,
    )


def contract(finding: Finding, p: Pooled) -> dict[str, Any]:
    """What the script reads; effects on the analysis scale, the worthwhile effect as readers know it."""
    scale, band = figures.scale(finding), figures.band(finding)
    low, high = figures.limits_of(finding)
    reach = max(abs(p.low), abs(p.high), 2 * band[1] if band else 0.0)
    return {
        "schema": 1,
        "claim": finding.claim.claim,
        "measure": finding.measure,
        "mid": scale.value(band[1] if band else reach / 4),
        "level": p.level,
        "z": float(ndtri(0.5 + p.level / 2)),
        "axis": [low, high],
        "reach": reach,
        "scale": {"unit": scale.unit, "decimals": scale.decimals, "log": scale.log},
        "studies": [
            {
                "id": f"{row.study}.{row.result}",
                "yi": row.y,
                "vi": row.v,
                "label": figures.label(row, finding),
                "rob": row.risk_of_bias,
            }
            for row in finding.used
        ],
        "default": {"model": p.method, "ci": p.interval},
        "golden": {"b": p.estimate, "lo": p.low, "hi": p.high, "tau2": p.tau2},
    }
