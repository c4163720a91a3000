"""The public names for type checkers and editors, which cannot follow an import at first use."""

from claimbook.checks import check as check
from claimbook.effects import (
    CONVERSIONS as CONVERSIONS,
)
from claimbook.effects import (
    MEASURES as MEASURES,
)
from claimbook.effects import (
    Effects as Effects,
)
from claimbook.effects import (
    effect_sizes as effect_sizes,
)
from claimbook.effects import (
    recover as recover,
)
from claimbook.findings import Finding as Finding
from claimbook.findings import find as find
from claimbook.findings.combinations import multiverse as multiverse
from claimbook.findings.decisions import Scope as Scope
from claimbook.findings.updates import needed_to_change as needed_to_change
from claimbook.findings.updates import outlook as outlook
from claimbook.problems import Problem as Problem
from claimbook.problems import Where as Where
from claimbook.records import Library as Library
from claimbook.records import read_library as read_library
from claimbook.synthesis.asymmetry import small_study as small_study
from claimbook.synthesis.batch import pool_many as pool_many
from claimbook.synthesis.batch_frame import pool_stream as pool_stream
from claimbook.synthesis.batch_regress import regress_many as regress_many
from claimbook.synthesis.deletion import (
    cumulate as cumulate,
)
from claimbook.synthesis.deletion import (
    influence as influence,
)
from claimbook.synthesis.deletion import (
    leave_one_out as leave_one_out,
)
from claimbook.synthesis.events import pool_events as pool_events
from claimbook.synthesis.permutation import permute as permute
from claimbook.synthesis.pooled import Pooled as Pooled
from claimbook.synthesis.pooled import pool as pool
from claimbook.synthesis.regression import Regression as Regression
from claimbook.synthesis.regression import regress as regress
from claimbook.synthesis.resampling import bootstrap as bootstrap
from claimbook.synthesis.simulation import Scenario as Scenario
from claimbook.synthesis.simulation import simulate as simulate
from claimbook.synthesis.subsets import gosh as gosh
from claimbook.synthesis.tau2 import TAU2 as TAU2
from claimbook.synthesis.trim_fill import trim_and_fill as trim_and_fill

__version__: str
