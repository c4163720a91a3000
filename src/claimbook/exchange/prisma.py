"""The PRISMA 2020 flow: the counts of screening as its R package reads them.

The keys are those of the template of the package PRISMA2020 (Haddaway, Page, Pritchard & McGuinness 2022).
"""

from __future__ import annotations

import csv
import io

from claimbook.checks.counts import number_in
from claimbook.records import Library
from claimbook.records.models import Screening


def flow(counts: Screening) -> dict[str, str]:
    """Box of the diagram to its content; a count that was not kept is empty."""
    found = {key: number_in(counts, field) for key, field in BOXES.items()}
    texts = {key: "" if value is None else str(value) for key, value in found.items()}
    for key, field in LISTED.items():
        texts[key] = "; ".join(f"{name}, {number}" for name, number in getattr(counts, field).items())
    return texts


def flow_csv(library: Library) -> str:
    """The columns ``data`` and ``n`` of the package's template. ValueError where there are no counts."""
    if library.info.screening is None:
        raise ValueError("library.yaml has no counts of screening; add the mapping `screening`")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("data", "n"))
    writer.writerows(flow(library.info.screening).items())
    return out.getvalue()


BOXES = {  # the package's name of a box, and ours
    "previous_studies": "previous_studies",
    "previous_reports": "previous_reports",
    "database_results": "databases",
    "register_results": "registers",
    "website_results": "websites",
    "organisation_results": "organisations",
    "citations_results": "citations",
    "duplicates": "duplicates",
    "excluded_automatic": "excluded_automatic",
    "excluded_other": "excluded_other",
    "records_screened": "screened",
    "records_excluded": "records_excluded",
    "dbr_sought_reports": "sought",
    "dbr_notretrieved_reports": "not_retrieved",
    "dbr_assessed": "assessed",
    "other_sought_reports": "other_sought",
    "other_notretrieved_reports": "other_not_retrieved",
    "other_assessed": "other_assessed",
    "new_studies": "new_studies",
    "new_reports": "new_reports",
    "total_studies": "total_studies",
    "total_reports": "total_reports",
}
LISTED = {
    "database_specific_results": "databases",
    "register_specific_results": "registers",
    "dbr_excluded": "excluded",
    "other_excluded": "other_excluded",
}
