"""findings: from a claim to its Finding, and the same by other paths and with new studies."""

from claimbook.findings.choices import Choice
from claimbook.findings.finding import RULESET, UNCERTAIN, Finding, find, find_all

__all__ = ["RULESET", "UNCERTAIN", "Choice", "Finding", "find", "find_all"]
