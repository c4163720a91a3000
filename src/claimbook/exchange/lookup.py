"""One study by its identifier: ``doi:``, ``pmid:``, ``pmcid:`` and ``nct:`` at the services that issue them.

A PubMed record comes in PubMed's own format, because it alone carries the retraction links; a DOI is looked
up at Crossref, and where another agency issued it, through doi.org as CSL-JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from claimbook.exchange.citation import Citation, doi_in
from claimbook.exchange.csl import citation_of
from claimbook.exchange.fetching import Garbled
from claimbook.exchange.nbib import read_nbib
from claimbook.exchange.registry import trial_of
from claimbook.exchange.source import Source
from claimbook.exchange.web import Answer, Client, LookupFailed, NotFound, read_json
from claimbook.problems import Where

CSL = "application/vnd.citationstyles.csl+json"


@dataclass(frozen=True)
class Found:
    """A publication as looked up: its citation, record fields beside it, and the day of the answer.

    ``checked`` is true where the service knows about retractions.
    """

    identifier: str
    citation: Citation
    day: date
    checked: bool = True
    more: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def record(self) -> dict[str, Any]:
        """The fields of a record that the look-up tells."""
        status = self.citation.status or "none"
        integrity = {"status": status, "checked": self.day.isoformat()} if self.checked else None
        return {**self.more, "integrity": integrity}


def is_identifier(text: str) -> bool:
    """Is this the identifier of a publication rather than a key of the library? A bare DOI is one."""
    return text.partition(":")[0].lower() in {*KINDS, "http", "https"} or text.startswith("10.")


def parsed(text: str) -> tuple[str, str]:
    """(kind, identifier) of ``doi:10.1000/x``. ValueError says how one is written."""
    kind, _, rest = text.strip().partition(":")
    kind = kind.lower()
    if kind not in KINDS and doi_in(text):
        kind, rest = "doi", text
    if kind not in KINDS:
        raise ValueError(f"{text!r} is no identifier; write doi:, pmid:, pmcid: or nct: before it")
    value = doi_in(rest) if kind == "doi" else rest.strip().upper()
    if not KINDS[kind].form.fullmatch(value):
        raise ValueError(f"{text!r} is no {kind}; one is written {KINDS[kind].example}")
    return kind, value


def look_up(text: str, client: Client) -> Found:
    """The publication with this identifier. ValueError for one that cannot be, LookupFailed for the rest."""
    kind, value = parsed(text)
    found = KINDS[kind].look(value, client)
    if not found.citation.title:
        raise LookupFailed(f"the answer for {text} has no title", "claimbook study add KEY --title ...")
    where = Where(f"{kind}:{value}")
    return replace(found, identifier=f"{kind}:{value}", citation=replace(found.citation, where=where))


def _doi(doi: str, client: Client) -> Found:
    query = f"?{urlencode({'mailto': client.mailto})}" if client.mailto else ""
    try:
        answer = client.get("crossref", f"/works/{quote(doi, safe='')}{query}", "application/json", _work)
    except NotFound:
        return _other_agency(doi, client)
    return Found(doi, replace(answer.value, doi=answer.value.doi or doi), answer.day)


def _work(text: str) -> Citation:
    """A work in Crossref's own JSON."""
    data = read_json(text)
    work = data.get("message") if isinstance(data, dict) else None
    if not isinstance(work, dict):
        raise Garbled("answers in a form that is not Crossref's")
    return citation_of(work, Where("crossref"))


def _other_agency(doi: str, client: Client) -> Found:
    def read(text: str) -> Citation:
        data = read_json(text)
        if not isinstance(data, dict):
            raise Garbled("answers in a form that is not CSL-JSON")
        return citation_of(data, Where("doi.org"))

    answer = client.get("doi", f"/{quote(doi, safe='/')}", CSL, read)
    return Found(doi, replace(answer.value, doi=answer.value.doi or doi), answer.day, checked=False)


def _pmid(pmid: str, client: Client) -> Found:
    asked = {"db": "pubmed", "id": pmid, "rettype": "medline", "retmode": "text", **_who(client)}

    def read(text: str) -> list[Citation]:
        if re.match(r"\s*<(?!\?xml)", text):
            raise Garbled("answers with a web page instead of data; is there a login page between?")
        return [one for one in read_nbib(Source("PubMed", text))[0] if one.pmid == pmid]

    answer = client.get("pubmed", f"/efetch.fcgi?{urlencode(asked)}", "text/plain", read)
    if not answer.value:
        raise NotFound(f"PubMed does not know {pmid}", "check the identifier")
    return Found(pmid, answer.value[0], answer.day)


def _pmcid(pmcid: str, client: Client) -> Found:
    asked = {"ids": pmcid, "idtype": "pmcid", "format": "json", **_who(client)}
    answer: Answer[Any] = client.get("pmc", f"/?{urlencode(asked)}", "application/json", read_json)
    records = answer.value.get("records") if isinstance(answer.value, dict) else None
    record = records[0] if isinstance(records, list) and records and isinstance(records[0], dict) else {}
    for name, look in (("pmid", _pmid), ("doi", _doi)):
        value = str(record.get(name) or "")
        if KINDS[name].form.fullmatch(value):
            found = look(value, client)
            return replace(found, citation=replace(found.citation, pmcid=pmcid))
    raise NotFound(f"PubMed Central does not know {pmcid}", "check the identifier")


def _nct(number: str, client: Client) -> Found:
    answer: Answer[Any] = client.get(
        "trials", f"/studies/{number}?format=json", "application/json", read_json
    )
    citation, more = trial_of(answer.value, number)
    return Found(number, citation, answer.day, checked=False, more=more)


def _who(client: Client) -> dict[str, str]:
    """NCBI asks programs to name themselves."""
    return {"tool": "claimbook"} | ({"email": client.mailto} if client.mailto else {})


class Kind(NamedTuple):
    """A kind of identifier: its form, one to show, who looks it up."""

    form: re.Pattern[str]
    example: str
    look: Callable[[str, Client], Found]


KINDS: dict[str, Kind] = {
    "doi": Kind(re.compile(r"10\.\d{4,9}(\.\d+)*/\S+"), "doi:10.1007/s40279-021-01587-7", _doi),
    "pmid": Kind(re.compile(r"[1-9]\d{0,7}"), "pmid:28479954", _pmid),
    "pmcid": Kind(re.compile(r"PMC[1-9]\d{0,8}"), "pmcid:PMC5214170", _pmcid),
    "nct": Kind(re.compile(r"NCT\d{8}"), "nct:NCT01234567", _nct),
}
