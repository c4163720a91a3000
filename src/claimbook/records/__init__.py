"""What the files say: study records, claims, the bibliography, and the one writer.

Reading gives a ``Library`` and a list of ``Problem``; nothing here computes.
"""

from claimbook.records.bibliography import Entry
from claimbook.records.library import Library, find_root, read_library
from claimbook.records.models import Claim, Number, Reported, Result, Study

__all__ = ["Claim", "Entry", "Library", "Number", "Reported", "Result", "Study", "find_root", "read_library"]
