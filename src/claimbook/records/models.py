"""What the files say: the types of a record, a claim and the library.

A number is kept as its source prints it. Every number belongs to a result, and the result says where it
was read; a number read elsewhere, derived or inferred says so itself. The codebook page and the JSON
Schema that editors use are made from these types (``claimbook.records.schema``), so a field's description
here is its documentation.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator

Status = Literal["confirmed", "secondhand", "derived", "inferred", "unknown"]
Direction = Literal["higher_better", "lower_better"]
Wording = Literal["verbatim", "paraphrase", "reconstructed"]
DispersionKind = Literal["sd", "se", "ci_half_width", "unstated"]
DesignKind = Literal[
    "rct_parallel", "rct_cluster", "rct_crossover", "quasi_random", "nrsi_controlled", "its", "cba",
    "single_group_prepost", "case_series", "cross_sectional", "sr_ma", "narrative_review", "unknown",
]  # fmt: skip
Answer = Literal["yes", "probably_yes", "probably_no", "no", "unknown"]
SourceVerdict = Literal[
    "accurate", "accurate but incomplete", "overstated", "misquoted", "source not found", "no source given"
]

NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_KEY = r"^[a-z0-9][a-z0-9_-]{0,63}$"


@lru_cache(maxsize=65536)
def number_of(text: str) -> float:
    """The value of a printed number. ValueError says what is wrong and how to write it."""
    text = text.strip()
    if re.fullmatch(NUMBER, text):
        value = float(text)
        if math.isinf(value):
            raise ValueError(f'"{text}" is too large for a number')
        return value
    if text.lower() in {"no", "yes", "true", "false", "on", "off"}:
        raise ValueError(f'"{text}" is not a number; write the number, or "unknown"')
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError(f'"{text}" is a date, not a number')
    if re.fullmatch(NUMBER, text.replace("−", "-").replace("–", "-")):  # typographic minus signs
        raise ValueError(
            f'"{text}" has a typographic minus; write "{text.translate({0x2212: "-", 0x2013: "-"})}"'
        )
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        raise ValueError(f'"{text}" has a decimal comma; write "{text.replace(",", ".")}"')
    if re.fullmatch(NUMBER + r"\s*%", text):
        raise ValueError(f'"{text}" carries a unit; write "{text.rstrip("% ")}" and name the unit in `unit`')
    if found := re.fullmatch(rf"({NUMBER})\s*(?:±|\+/-)\s*({NUMBER})", text):
        raise ValueError(
            f'"{text}" is two numbers; write {found[1]} and give {found[2]} as `sd`, `se` or `dispersion`'
        )
    raise ValueError(f'"{text}" is not a number; write the number, or "unknown"')


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Number(Model):
    """One number as printed.

    Written as the bare number where the result's own place and status hold for it, or as a mapping when this
    number was read elsewhere, derived, inferred or is unknown.
    """

    value: Annotated[str | None, Field(description="The number as its source prints it, decimals kept.")] = (
        None
    )
    status: Annotated[Status | None, Field(description="How sure we are that the source prints this.")] = None
    where: Annotated[str | None, Field(description="Page, table, figure or `abstract`.")] = None
    read_in: Annotated[
        str | None, Field(description="Key of the publication it was read in, if another one.")
    ] = None
    formula: Annotated[
        str | None, Field(description="For a derived number: the formula, with its numbers.")
    ] = None
    because: Annotated[str | None, Field(description="For an inferred number: the reason.")] = None
    quote: Annotated[str | None, Field(description="The few words of the source that print it.")] = None

    @model_validator(mode="after")
    def _consistent(self) -> Number:
        if self.status == "unknown":
            if self.value is not None:
                raise ValueError("an unknown number has no value; delete the value or change the status")
            return self
        if self.value is None:
            raise ValueError('a value is missing; write it, or "unknown"')
        number_of(self.value)
        if self.status == "derived" and not self.formula:
            raise ValueError("a derived number needs its `formula`")
        if self.status == "inferred" and not self.because:
            raise ValueError("an inferred number needs its reason in `because`")
        return self

    @property
    def known(self) -> bool:
        return self.value is not None

    def __float__(self) -> float:
        return math.nan if self.value is None else number_of(self.value)

    def __str__(self) -> str:
        return "unknown" if self.value is None else self.value

    @property
    def decimals(self) -> int:
        """Digits printed after the decimal point (2 for "10.60")."""
        mantissa = (self.value or "").lower().partition("e")[0]
        return len(mantissa.partition(".")[2])

    @property
    def half_unit(self) -> float:
        """Half of the last printed digit: the true value lies within value -+ half_unit."""
        exponent = int((self.value or "0").lower().partition("e")[2] or 0)
        return float(0.5 * 10.0 ** (exponent - self.decimals))


def _as_number(raw: Any) -> Any:
    if isinstance(raw, str):
        return {"status": "unknown"} if raw.strip().lower() == "unknown" else {"value": raw}
    return raw


class _Short:
    """JSON Schema for a value that may be written as plain text or as a mapping."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "anyOf": [
                {"type": "number"},
                {"type": "string", "pattern": rf"^(unknown|{NUMBER})$"},
                handler(core),
            ]
        }


Quantity = Annotated[Number, BeforeValidator(_as_number), _Short]


class PValue(Model):
    """A p value as printed: exact (``0.007``), a bound (``<0.05``) or ``ns`` (printed as not significant)."""

    text: str

    @model_validator(mode="after")
    def _readable(self) -> PValue:
        if self.text.lower() != "ns" and not re.fullmatch(
            r"[<>=]?\s*(?:0?\.\d+|0|1(?:\.0+)?|\d(?:\.\d+)?[eE]-\d+)", self.text
        ):
            raise ValueError(f'"{self.text}" is not a p value; write 0.007, <0.05, >0.05 or ns')
        return self

    def __str__(self) -> str:
        return self.text

    @property
    def sign(self) -> str:
        return ">" if self.text.lower() == "ns" else self.text[0] if self.text[0] in "<>" else "="

    @property
    def value(self) -> float:
        return 0.05 if self.text.lower() == "ns" else float(self.text.lstrip("<>= "))

    @property
    def half_unit(self) -> float:
        return 0.5 * 10.0 ** -len(self.text.partition(".")[2])


def _as_p(raw: Any) -> Any:
    return {"text": raw} if isinstance(raw, str) else raw


P = Annotated[PValue, BeforeValidator(_as_p)]


class Dispersion(Number):
    """A printed spread whose meaning the source does not spell out, such as a bare "±"."""

    printed_as: Annotated[str, Field(description='How the source writes it, for example "±".')] = "±"
    kind: Annotated[DispersionKind, Field(description="What it is read as; `unstated` computes nothing.")] = (
        "unstated"
    )

    @model_validator(mode="after")
    def _reasoned(self) -> Dispersion:
        if self.kind != "unstated" and self.status not in {"inferred", "confirmed", "secondhand"}:
            raise ValueError(
                "a spread that is read as sd, se or ci_half_width needs a `status` (inferred needs `because`)"
            )
        return self


class Doubt(Model):
    """Another reading of a spread that a curator cannot rule out; carried as a sensitivity choice."""

    read_as: Literal["sd", "se"]
    because: Annotated[str, Field(min_length=3)]


class Spread(Model):
    """A spread in one of three ways; at most one of them."""

    sd: Annotated[Quantity | None, Field(description="Standard deviation, called so by the source.")] = None
    se: Annotated[Quantity | None, Field(description="Standard error, called so by the source.")] = None
    dispersion: Annotated[Dispersion | None, Field(description="A spread the source leaves unlabelled.")] = (
        None
    )

    @model_validator(mode="after")
    def _one_spread(self) -> Spread:
        if sum(x is not None for x in (self.sd, self.se, self.dispersion)) > 1:
            raise ValueError("give one of `sd`, `se` and `dispersion`, not several")
        return self

    def spread(self) -> tuple[DispersionKind, Number] | None:
        """(kind, number) of the spread, or None where none is known."""
        pairs: list[tuple[DispersionKind, Number | None]] = [("sd", self.sd), ("se", self.se)]
        if self.dispersion is not None:
            pairs.append((self.dispersion.kind, self.dispersion))
        return next(((kind, number) for kind, number in pairs if number is not None and number.known), None)


class Group(Spread):
    """Mean and spread of one arm."""

    arm: Annotated[str, Field(description="Id of an arm of this record.")]
    n: Quantity
    mean: Quantity


class Means(Model):
    """Two arms compared by their means (final values, or changes when `of` is `change`)."""

    of: Annotated[Literal["final", "change"], Field(description="Final values or changes from baseline.")]
    intervention: Group
    comparator: Group


class Count(Model):
    """Events in one arm."""

    arm: str
    events: Quantity
    n: Quantity


class Counts(Model):
    """Two arms compared by how many people had an event."""

    intervention: Count
    comparator: Count


class PrePost(Model):
    """One group measured before and after."""

    arm: str
    n: Quantity
    mean_pre: Quantity
    sd_pre: Quantity
    mean_post: Quantity
    sd_post: Quantity
    r: Annotated[Quantity | None, Field(description="Correlation of pre and post.")] = None
    change: Annotated[Quantity | None, Field(description="Mean change, where the source prints it too.")] = (
        None
    )
    sd_change: Annotated[
        Quantity | None, Field(description="SD of the change, where the source prints it too.")
    ] = None
    percent: Annotated[
        Quantity | None, Field(description="Change in percent, where the source prints it too.")
    ] = None
    p: P | None = None


class PercentChange(Spread):
    """One group's change in percent of its baseline, with the spread of the change."""

    arm: str
    n: Quantity
    percent: Quantity
    p: P | None = None


class Single(Spread):
    """Mean and spread of one group, with nothing to compare it to."""

    arm: str
    n: Quantity
    mean: Quantity


class Behind(Model):
    """What a review prints of the studies behind a pooled result; what it does not print is left out."""

    design: Annotated[
        DesignKind | None, Field(description="The design they share, or the weakest among them.")
    ] = None
    high_risk: Annotated[
        Quantity | None, Field(description="Share of them at high risk of bias, 0 to 1.")
    ] = None
    asymmetry: Annotated[P | None, Field(description="p of a test for small-study effects.")] = None
    prediction_low: Quantity | None = None
    prediction_high: Quantity | None = None
    certainty: Annotated[
        Literal["high", "moderate", "low", "very_low"] | None,
        Field(description="The review's own GRADE rating; shown, never copied into ours."),
    ] = None
    says: Annotated[str, Field(description="What it says of them, in our words.")]
    where: str
    status: Status


class Reported(Model):
    """An estimate as its source prints it: a study's own model, or a review's pooled result."""

    measure: Annotated[str, Field(description="Measure code, for example SMD, MD, RR.")]
    estimate: Quantity
    low: Quantity | None = None
    high: Quantity | None = None
    level: Annotated[str, Field(description="Level of the interval.", pattern=r"^0\.\d+$")] = "0.95"
    se: Quantity | None = None
    p: P | None = None
    k: Annotated[Quantity | None, Field(description="Number of studies pooled.")] = None
    n: Annotated[Quantity | None, Field(description="Number of participants.")] = None
    tau2: Quantity | None = None
    i2: Annotated[Quantity | None, Field(description="In percent.")] = None
    behind: Annotated[
        Behind | None, Field(description="For a review: what it prints of the studies behind the result.")
    ] = None


class Statistic(Model):
    """A significance test as its source prints it, of the comparison that the result holds."""

    kind: Literal["t", "F", "z", "chi2", "r"]
    value: Annotated[Quantity | None, Field(description="The statistic, where it is printed.")] = None
    df: Annotated[Quantity | None, Field(description="Degrees of freedom; of the numerator for F.")] = None
    df2: Annotated[Quantity | None, Field(description="Degrees of freedom of the denominator, for F.")] = None
    tails: Literal["1", "2"] = "2"
    p: P | None = None


class Scale(Model):
    """What values one person can have: whole numbers, and limits."""

    items: Annotated[
        int | None,
        Field(
            ge=1,
            description="For whole-number data: how many whole numbers make up one person's value.",
        ),
    ] = None
    low: Annotated[Quantity | None, Field(description="Lowest value that a person can have.")] = None
    high: Annotated[Quantity | None, Field(description="Highest value that a person can have.")] = None


class Published(Model):
    """A value that a source computed from numbers we hold, kept to be compared with our own computation."""

    read_in: Annotated[str, Field(description="Key of the publication that prints it.")]
    where: str
    status: Status = "confirmed"
    measure: str = "SMD"
    variance: Annotated[str | None, Field(description="Variance formula the source used, e.g. RevMan.")] = (
        None
    )
    estimate: Quantity
    se: Quantity | None = None
    low: Quantity | None = None
    high: Quantity | None = None


SHAPES = ("means", "counts", "pre_post", "percent_change", "single", "reported")


class Recompute(Model):
    """How a pooled result can be computed again from the trials that this library holds."""

    claim: Annotated[str, Field(description="The claim whose studies are the same as the source's.")]
    tau2: Annotated[str, Field(description="Estimator of tau2 the source used.")]
    interval: Annotated[str, Field(description="Interval the source used.")]
    variance: Annotated[str | None, Field(description="Variance formula the source used.")] = None
    subgroup: Annotated[str | None, Field(description="Only rows of this `subgroup`.")] = None


class Result(Model):
    """One reported outcome of a study, with where it was read. Exactly one of the data shapes is given."""

    id: Annotated[str, Field(pattern=_KEY)]
    outcome: Annotated[str, Field(description="Id of an outcome in library.yaml.")]
    what: Annotated[str, Field(description="What was measured, how, in our words.")]
    unit: Annotated[str, Field(description='Unit as printed, "not stated" where the source gives none.')]
    time: Annotated[str | None, Field(description="When, for example `after 10 weeks`.")] = None
    subgroup: Annotated[str | None, Field(description="People this result is about, where not all.")] = None
    design: Annotated[
        DesignKind | None,
        Field(
            description="Design of this result where it is weaker than the study's, e.g. one arm of a trial."
        ),
    ] = None
    read_in: Annotated[
        str | None, Field(description="Publication the numbers were read in, if not this one.")
    ] = None
    where: Annotated[str, Field(description="Page, table, figure or `abstract`.")]
    source: Annotated[str | None, Field(description="Address at which it was read.")] = None
    status: Status
    quote: Annotated[str | None, Field(description="The few words of the source that print the result.")] = (
        None
    )
    scale: Scale | None = None
    test: Statistic | None = None
    means: Means | None = None
    counts: Counts | None = None
    pre_post: PrePost | None = None
    percent_change: PercentChange | None = None
    reported: Reported | None = None
    single: Single | None = None
    in_words: Annotated[
        Literal["increase", "decrease", "no change"] | None,
        Field(description="What the source says happened, where it prints no number."),
    ] = None
    doubt: Doubt | None = None
    published: tuple[Published, ...] = ()
    recompute: Recompute | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _one_shape(self) -> Result:
        given = [shape for shape in SHAPES if getattr(self, shape) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(SHAPES)} (found: {', '.join(given) or 'none'})")
        return self

    @property
    def shape(self) -> str:
        return next(shape for shape in SHAPES if getattr(self, shape) is not None)

    @property
    def data(self) -> Means | Counts | PrePost | PercentChange | Single | Reported:
        data: Means | Counts | PrePost | PercentChange | Single | Reported = getattr(self, self.shape)
        return data


class Arm(Model):
    """One group of a study."""

    id: Annotated[str, Field(pattern=_KEY)]
    label: str
    n: Quantity | None = None
    training: Annotated[str | None, Field(description="What the group did, in our words.")] = None


class Design(Model):
    """How the study was made."""

    kind: Annotated[
        DesignKind,
        Field(description="`unknown` until somebody has read it; such a study cannot be graded."),
    ]
    because: Annotated[str, Field(description="What in the source says so.")]
    where: str
    status: Status


class Trait(Spread):
    """A baseline characteristic: mean and spread, as printed."""

    what: Annotated[str, Field(description="For example `age`, `height`.")]
    unit: str
    arm: str | None = None
    n: Quantity | None = None
    mean: Quantity
    scale: Scale | None = None
    where: str | None = None
    status: Status = "confirmed"


class Population(Model):
    """Who took part."""

    description: str
    n: Annotated[Quantity | None, Field(description="Participants of all arms together.")] = None
    sex: Literal["women", "men", "mixed", "unknown"] = "unknown"
    training: Literal["untrained", "recreational", "trained", "mixed", "unknown"] = "unknown"
    where: str | None = None
    traits: tuple[Trait, ...] = ()


class Override(Model):
    """A person's judgement over the tool's."""

    domain: str
    to: str
    because: Annotated[str, Field(min_length=3)]
    by: str
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class RiskOfBias(Model):
    """One assessment with one tool; `judgements` as published by `read_in`, or `answers` of our own."""

    tool: Annotated[str, Field(description="Id of a tool, see `claimbook methods`.")]
    results: Annotated[tuple[str, ...], Field(description="Result ids it is about; all when empty.")] = ()
    read_in: Annotated[str | None, Field(description="Publication that made the judgements, if not us.")] = (
        None
    )
    where: str | None = None
    by: str | None = None
    date: Annotated[str | None, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = None
    answers: Annotated[dict[str, str], Field(description="Question id to answer.")] = {}
    judgements: Annotated[dict[str, str], Field(description="Domain id to judgement.")] = {}
    because: Annotated[dict[str, str], Field(description="Question or domain id to the reason.")] = {}
    overrides: tuple[Override, ...] = ()


class Waiver(Model):
    """A linter rule that this file lives with, and why."""

    rule: Annotated[str, Field(pattern=r"^[A-Z]\d{3}$")]
    because: Annotated[str, Field(min_length=3)]
    result: Annotated[str | None, Field(description="Result id, where only one result lives with it.")] = None


class Moderator(Model):
    """A moderator that a review tested, as it reports it."""

    what: str
    finding: str
    p: P | None = None
    where: str


class Link(Model):
    """Another record about the same people."""

    study: str
    because: str


class Integrity(Model):
    """Retraction status as last looked up."""

    status: Literal["none", "retracted", "concern", "corrected", "not checked"] = "not checked"
    checked: Annotated[str | None, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = None


class Study(Model):
    """One paper or cohort: design, people, arms, results and risk of bias. One file each."""

    study: Annotated[str, Field(pattern=_KEY, description="Key: the file's stem and the BibTeX key.")]
    label: Annotated[str, Field(description="Short name, for example `Estes 2017`.")]
    summary: Annotated[str, Field(description="One sentence: who did what, measured how.")]
    design: Design
    population: Population
    arms: tuple[Arm, ...] = ()
    weeks: Annotated[Quantity | None, Field(description="Length of the intervention in weeks.")] = None
    results: tuple[Result, ...] = ()
    risk_of_bias: tuple[RiskOfBias, ...] = ()
    same_people: Annotated[tuple[Link, ...], Field(description="Records about the same cohort.")] = ()
    moderators: Annotated[
        tuple[Moderator, ...], Field(description="For a review: what it tested as moderators.")
    ] = ()
    criteria: Annotated[str | None, Field(description="For a review: what it included.")] = None
    not_found: Annotated[tuple[str, ...], Field(description="What we looked for and did not find.")] = ()
    registration: Annotated[
        str | None, Field(description="Registry number of the protocol, e.g. NCT01234567.")
    ] = None
    integrity: Integrity = Integrity()
    extracted_by: Annotated[
        tuple[str, ...], Field(description="Who extracted; two names mean double extraction.")
    ] = ()
    waive: tuple[Waiver, ...] = ()
    notes: str | None = None

    @model_validator(mode="after")
    def _ids_resolve(self) -> Study:
        _distinct("arm", [arm.id for arm in self.arms])
        _distinct("result", [result.id for result in self.results])
        return self

    def result(self, id: str) -> Result:
        """The result with this id; KeyError when there is none."""
        for result in self.results:
            if result.id == id:
                return result
        raise KeyError(id)


def _distinct(what: str, ids: list[str]) -> None:
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise ValueError(f"{what} id {', '.join(twice)} is used twice")


class Question(Model):
    """PICO of a claim."""

    population: str
    intervention: str
    comparator: str
    outcome: str


class Worthwhile(Model):
    """The smallest effect worth having, on the measure's own scale. `none` rates against the null."""

    value: Annotated[
        Quantity | None, Field(description="Absent: no value is known, the null is the threshold.")
    ] = None
    because: Annotated[str, Field(min_length=3)]
    source: Annotated[str | None, Field(description="Where the value comes from.")] = None


class ModelChoice(Model):
    """How the effects are pooled."""

    tau2: str = "REML"
    interval: str = "HKSJ"
    variance: str | None = None


class Used(Model):
    """One result that the claim rests on."""

    study: str
    result: str


class LeftOut(Used):
    """A result that could be thought to belong, and why it is not used."""

    result: str = ""
    because: Annotated[str, Field(min_length=3)]


class Indirectness(Model):
    """Is the evidence about the claim's own question? One answer per element, one reason for all.

    ``unknown`` leaves the element open, so that the certainty is an upper bound.
    """

    population: Answer
    intervention: Answer
    comparison: Answer
    outcome: Answer
    because: Annotated[str, Field(min_length=3)]


class Mention(Used):
    """A result shown beside the evidence: the cited source, a review, a counterexample."""

    says: Annotated[str, Field(description="What it says, in our words.")]
    indirectness: Annotated[
        Indirectness | None,
        Field(
            description="For a review's pooled result: how far it is about this claim's question. With it "
            "the result is rated as published, as a body of evidence of its own."
        ),
    ] = None


class SourceCheck(Model):
    """Does the source say what the article says it says?"""

    verdict: SourceVerdict
    study: Annotated[str | None, Field(description="The source, where it has a record.")] = None
    because: Annotated[str, Field(min_length=3)]


class PublicationBias(Model):
    """What is known of studies that were not published."""

    small_and_sponsored: Literal["yes", "no", "unknown"] = "unknown"
    unpublished_known: Literal["yes", "no", "unknown"] = "unknown"
    because: Annotated[str, Field(min_length=3)]


class Judgement(Model):
    """A curator's overrule of one GRADE step."""

    domain: Literal["risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias"]
    was: Annotated[Literal["0", "-1", "-2", "-3"], Field(description="The level that the rule gave.")]
    to: Literal["0", "-1", "-2", "-3"]
    because: Annotated[str, Field(min_length=3)]
    by: str
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class SpeltSentence(Model):
    """Words for generated sentences: "‹intervention› may increase ‹outcome› compared with ‹comparator›"."""

    intervention: str
    outcome: str
    comparator: str


class Claim(Model):
    """One question: what is claimed, by whom, in whose words, and what would count as an answer."""

    claim: Annotated[str, Field(pattern=_KEY, description="Key: the file's stem.")]
    number: Annotated[int | None, Field(description="Place in the article, where it comes from one.")] = None
    title: Annotated[str, Field(description="The claim in at most ten words.")]
    text: Annotated[str, Field(description="The claim, in the wording that `wording` names.")]
    wording: Wording
    said_by: str
    kind: Annotated[
        Literal["effect", "source", "mechanism", "definition", "advice"],
        Field(
            description="effect: graded. source: says what a publication found. Others are not effect claims."
        ),
    ]
    asserts: Annotated[
        Literal["benefit", "harm", "no_difference", "no_loss"],
        Field(description="What the claim asserts; no_loss: not worse by an amount that matters."),
    ] = "benefit"
    question: Question
    words: Annotated[SpeltSentence | None, Field(description="Noun phrases for generated sentences.")] = None
    outcome: Annotated[str, Field(description="Id of an outcome in library.yaml.")]
    measure: Annotated[str | None, Field(description="Measure code, for example SMD, PCT.")] = None
    worthwhile: Worthwhile | None = None
    baseline_risk: Annotated[
        Quantity | None, Field(description="For events: the risk without the intervention, 0 to 1.")
    ] = None
    model: ModelChoice = ModelChoice()
    studies: tuple[Used, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    beside: Annotated[
        tuple[Mention, ...], Field(description="Shown beside the pooled evidence, not pooled.")
    ] = ()
    answered_by: Annotated[tuple[str, ...], Field(description="Claims whose evidence answers this one.")] = ()
    source_check: SourceCheck | None = None
    indirectness: Indirectness | None = None
    publication_bias: PublicationBias | None = None
    overrules: tuple[Judgement, ...] = ()
    limits: Annotated[tuple[str, ...], Field(description="Who or what the evidence does not cover.")] = ()
    waive: tuple[Waiver, ...] = ()


class Outcome(Model):
    """Something that is measured."""

    label: str
    direction: Direction
    because: Annotated[str, Field(description="Why higher (or lower) is better.")]
    units: Annotated[
        tuple[str, ...], Field(description="Units in which it is reported; any when empty.")
    ] = ()


class Article(Model):
    """The text the claims come from."""

    title: str
    author: str
    published_in: str
    wording_note: Annotated[str, Field(description="What is known of its wording.")]


class Default(Model):
    """A library-wide choice with its reason."""

    value: str
    because: str


Tally = Annotated[int, Field(ge=0)]


class Screening(Model):
    """What was found and screened, by the boxes of the PRISMA 2020 flow; a count not kept is absent."""

    databases: Annotated[dict[str, Tally], Field(description="Records found, by database.")] = {}
    registers: Annotated[dict[str, Tally], Field(description="Records found, by register.")] = {}
    duplicates: Annotated[Tally | None, Field(description="Records removed as duplicates.")] = None
    excluded_automatic: Annotated[Tally | None, Field(description="Removed before, by automation.")] = None
    excluded_other: Annotated[Tally | None, Field(description="Removed before, for other reasons.")] = None
    screened: Annotated[Tally | None, Field(description="Records screened by title and abstract.")] = None
    records_excluded: Annotated[Tally | None, Field(description="Records excluded by these.")] = None
    sought: Annotated[Tally | None, Field(description="Reports sought in full text.")] = None
    not_retrieved: Annotated[Tally | None, Field(description="Reports that could not be had.")] = None
    assessed: Annotated[Tally | None, Field(description="Reports read in full.")] = None
    excluded: Annotated[dict[str, Tally], Field(description="Reports excluded in full text, by reason.")] = {}
    websites: Annotated[Tally | None, Field(description="Records found on websites.")] = None
    organisations: Annotated[Tally | None, Field(description="Records found through organisations.")] = None
    citations: Annotated[Tally | None, Field(description="Records found by following citations.")] = None
    other_sought: Annotated[Tally | None, Field(description="Reports of these sought in full text.")] = None
    other_not_retrieved: Annotated[Tally | None, Field(description="Those that could not be had.")] = None
    other_assessed: Annotated[Tally | None, Field(description="Those read in full.")] = None
    other_excluded: Annotated[dict[str, Tally], Field(description="Those excluded, by reason.")] = {}
    previous_studies: Annotated[Tally | None, Field(description="Studies of an earlier review.")] = None
    previous_reports: Annotated[Tally | None, Field(description="Their reports.")] = None
    new_studies: Annotated[Tally | None, Field(description="Studies included by this search.")] = None
    new_reports: Annotated[Tally | None, Field(description="Their reports.")] = None
    total_studies: Annotated[Tally | None, Field(description="Studies included in all.")] = None
    total_reports: Annotated[Tally | None, Field(description="Their reports.")] = None


class Contact(Model):
    """Where a reader can say that something is wrong."""

    issues: Annotated[str | None, Field(description="Address of a form for new issues.")] = None
    mail: Annotated[str | None, Field(description="Mail address.")] = None


class Headline(Model):
    """A question that opens the book, in a reader's words; the answer is yes where the claim holds."""

    ask: str
    claim: str


class LibraryInfo(Model):
    """studies/library.yaml: what this library is about."""

    title: str
    question: str
    answer: Annotated[str | None, Field(description="One human sentence on who differs; no numbers.")] = None
    headline: Annotated[
        tuple[Headline, ...],
        Field(description="The questions that open the book; the graded claims' sentences when empty."),
    ] = ()
    licence: str
    contact: Contact | None = None
    article: Article | None = None
    searched: Annotated[str | None, Field(description="Date or description of the evidence search.")] = None
    screening: Annotated[Screening | None, Field(description="Counts for a PRISMA 2020 flow diagram.")] = None
    outcomes: dict[str, Outcome]
    defaults: dict[str, Default] = {}
    waive: tuple[Waiver, ...] = ()
