import os
import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# How long one example takes is the machine's affair. CI tries the same examples every time, but for fuzzing.
settings.register_profile(
    "claimbook", deadline=None, derandomize="CI" in os.environ and "CLAIMBOOK_FUZZ" not in os.environ
)
settings.load_profile("claimbook")
