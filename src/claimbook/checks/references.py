"""P104 and P105: citations that are there, and identifiers that can be ones."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from claimbook.checks.rule import Check, Hit
from claimbook.checks.view import View
from claimbook.problems import Where, did_you_mean

if TYPE_CHECKING:
    from claimbook.records import Entry, Library

FORMS = {
    "doi": (re.compile(r"10\.\d{4,9}(\.\d+)*/[^\s\"{}|^`]*[^\s\"{}|^`.,;]"), "10.1234/abc"),
    "pmid": (re.compile(r"[1-9]\d{0,7}"), "28479954"),
    "pmcid": (re.compile(r"PMC[1-9]\d{1,8}"), "PMC5214170"),
}
REGISTRIES = {
    "NCT": r"NCT\d{8}",
    "ISRCTN": r"ISRCTN\d{8}",
    "CRD": r"CRD4\d{9,12}",
    "ACTRN": r"ACTRN12\d{12}p?",
    "ChiCTR": r"ChiCTR(-[A-Z]{2,5}-)?\d{8,10}",
    "DRKS": r"DRKS\d{8}",
    "UMIN": r"UMIN\d{9}",
    "jRCT": r"jRCT[a-z]?\d{9,10}",
    "EudraCT": r"(EudraCT\s*)?\d{4}-\d{6}-\d{2}",
    "IRCT": r"IRCT\d{8,20}N\d{1,3}",
    "CTRI": r"CTRI/\d{4}/\d{2,3}/\d{6}",
    "RBR": r"RBR-[0-9a-z]{6,8}",
    "NTR": r"N(TR|L)-?\d{1,6}",
    "OSF": r"(https?://)?(doi\.org/10\.17605/)?(OSF\.IO|osf\.io)/[0-9A-Za-z]{5}(/.*)?",
    "PACTR": r"PACTR\d{15,16}",
    "TCTR": r"TCTR\d{11}",
    "KCT": r"KCT\d{7}",
}


def citation_is_there(view: View) -> Iterator[Hit]:
    """A record or a source without a BibTeX entry, or an entry that nothing uses.

    The key of a record is the key of its entry in `references.bib`; `read_in` names entries too. An entry
    that no file uses is a warning: a study lost, or a leftover.

    Fails:

    ```yaml
    # references.bib
    @article{other, author = {Doe, J.}, title = {Another study}, year = {2020}}
    ```

    Passes:

    ```yaml
    # references.bib
    @article{one, author = {Doe, J.}, title = {A study}, year = {2020}}
    ```

    Source: the layout of a claimbook library.
    """
    library = view.library
    entries, used = library.bibliography, set(library.studies)
    for key in library.studies:
        if key not in entries:
            message = f'no entry "{key}" in references.bib{did_you_mean(key, entries)}'
            yield Hit(library.where(key, "study"), message)
    for key, told in view.gathered(sources_of).items():
        used.update(told["used"])
        for loc, source in told["named"]:
            if source not in entries:
                message = f'no entry "{source}" in references.bib{did_you_mean(source, entries)}'
                yield Hit(library.where(key, *loc), message)
    used |= set(library.documents)
    for key, entry in entries.items():
        if key not in used:
            message = f'no record uses the entry "{key}"'
            yield Hit(of_entry(library, entry), message, "add its record, or delete the entry", "warning")


def sources_of(view: View) -> dict[str, list[Any]]:
    """The keys of the publications that a record was read in: ``used``, and ``named`` with their places."""
    [study] = view.library.studies.values()
    named: list[list[Any]] = []
    for index, result in enumerate(study.results):
        named.append([["results", index, "read_in"], result.read_in])
        for i, published in enumerate(result.published):
            named.append([["results", index, "published", i, "read_in"], published.read_in])
    used = {number.read_in for _, _, number in view.numbers} | {key for _, key in named}
    used |= {assessment.read_in for assessment in study.risk_of_bias}
    return {"used": sorted(key for key in used if key), "named": [one for one in named if one[1]]}


def of_entry(library: Library, entry: Entry) -> Where:
    """The place of a BibTeX entry."""
    info = library.documents.get("library")
    folder = PurePath(info.path).parent if info else library.root
    return Where((folder / "references.bib").as_posix(), entry.line, 1)


def identifier_is_possible(view: View) -> Iterator[Hit]:
    """A DOI, PMID, PMCID or registration number that cannot be one, or one that two records share.

    The form is checked, not whether it leads anywhere; `claimbook check-links` does that. A DOI is written
    without `https://doi.org/`, a PMID with digits alone, a PMCID with its PMC. `--fix` removes such prefixes.

    Fails:

    ```yaml
    # references.bib
    @article{one, author = {Doe, J.}, title = {A study}, year = {2020}, doi = {doi.org/10.1000}}
    ```

    Passes:

    ```yaml
    # references.bib
    @article{one, author = {Doe, J.}, title = {A study}, year = {2020}, doi = {10.70252/ULIC9262}}
    ```

    Source: DOI Handbook, section 2.2; PubMed and registry documentation.
    """
    owners: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in view.library.bibliography.values():
        for name, (form, example) in FORMS.items():
            text = plain_identifier(entry.get(name))
            if text and not form.fullmatch(text):
                clean = bare(name, text)
                fix = (
                    f"write {clean} (check --fix does)"
                    if clean != text and form.fullmatch(clean)
                    else f"write it like {example}"
                )
                yield Hit(of_entry(view.library, entry), f'{name} "{text}" of {entry.key} cannot be one', fix)
            elif text:
                owners[name, text.lower()].append(entry)
    for (name, _), entries in owners.items():
        for entry in entries[1:]:
            message = f"{name} {entry.get(name)} of {entry.key} is that of {entries[0].key} too"
            yield Hit(
                of_entry(view.library, entry), message, "correct one of them, or delete the repeated study"
            )
    yield from _registrations(view)


def _registrations(view: View) -> Iterator[Hit]:
    for key, number in view.gathered(odd_registration).items():
        if number:
            message = f'registration "{number}" has the form of no registry that is known here'
            fix = "write it as the registry does: NCT01234567"
            yield Hit(view.library.where(key, "registration"), message, fix)


def odd_registration(view: View) -> str:
    """A record's registration number if no registry gives such numbers, else nothing."""
    [study] = view.library.studies.values()
    number = (study.registration or "").strip()
    known = not number or any(re.fullmatch(form, number) for form in REGISTRIES.values())
    return "" if known else study.registration or ""


def plain_identifier(text: str) -> str:
    """An identifier as a reader sees it: TeX escapes gone."""
    return re.sub(r"\\([_%&#$])", r"\1", text).strip()


def bare(name: str, text: str) -> str:
    """An identifier without the address or the word in front of it, as far as that is mechanical."""
    if name == "doi":
        return re.sub(r"(?i)^(https?://)?((dx\.)?doi\.org/|doi:\s*)", "", text).rstrip(".,;")
    digits = re.sub(r"(?i)^(https?://\S*/)?(pmc?id:?\s*)?(pmc)?", "", text.rstrip("/.,;"))
    return f"PMC{digits}" if name == "pmcid" else digits


CHECKS = (
    Check(
        "P104",
        "citation-missing",
        "error",
        citation_is_there,
        "Without a citation nobody can find the study.",
        "add the entry to references.bib under the record's key: claimbook study add doi:...",
    ),
    Check(
        "P105",
        "identifier-malformed",
        "error",
        identifier_is_possible,
        "A broken identifier leads nowhere, and a shared one makes one study look like two.",
        "copy the identifier again from the publisher, PubMed or the registry",
    ),
)
GATHERED = (sources_of, odd_registration)
