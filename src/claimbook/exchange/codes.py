"""The codes of importing and exchange: their names, and the page that ``claimbook explain`` shows."""

from __future__ import annotations

from claimbook.problems import Problem, Severity, Where

NAMES = {
    "X001": "import-unreadable",
    "X002": "import-format-unknown",
    "X003": "record-without-end",
    "X004": "record-incomplete",
    "X005": "line-of-no-record",
    "X006": "repeated-in-the-file",
    "X007": "in-the-library-already",
    "X008": "column-not-used",
    "X009": "row-held-back",
    "X010": "outcome-not-in-library",
    "X011": "import-refused",
    "X012": "import-not-utf8",
    "X013": "study-not-in-library",
}

PAGES = {
    "X001": """
        The file cannot be read: it is missing, larger than an import may be, a binary file
        where text is expected, or not of the form that its format asks for (JSON that ends
        in the middle, XML that is not well-formed).""",
    "X002": """
        Neither the name nor the content says which format the file has. Give it with --as:
        ris, nbib, bibtex, csl, csv, xlsx, rm5 or revman.""",
    "X003": """
        A RIS record begins before the one above it has ended with its ER line, or the file
        ends in the middle of one. The record is taken as it stands; other readers drop it
        without a word, so look at whether its end is missing too.""",
    "X004": """
        A record has no title, so it would enter as a study that nobody can find. It is held
        back; the others enter.""",
    "X005": """
        A line belongs to no record: it stands before the first one and is none of the lines
        that databases put there, or its tag is not one that its format can have.""",
    "X006": """
        Two records of the file are one publication: the same DOI, the same PubMed number, or
        the same title of the same year. The first enters. Databases overlap, so this is what
        an import of several exports is expected to show; PRISMA asks for the number.""",
    "X007": """
        The library has a study of the same DOI, PubMed number, or title and year. It is not
        entered a second time.""",
    "X008": """
        A column of a table has no field, so its values do not enter. Name one with
        --map COLUMN=FIELD, or leave it.""",
    "X009": """
        A row of a table cannot become a result: a number that is none, an arm without a size,
        an unknown word. The row is held back with its reason; the others enter.""",
    "X010": """
        A row is about an outcome that library.yaml does not list. Whether more of it is
        better must be said by a person, so it is not made up: add the outcome to library.yaml,
        or name the one that is meant with --outcome 'TEXT=ID'.""",
    "X011": """
        The file asks the reader for more than data: an XML document type or entity, a table
        that unpacks to many times its size, a key that is a path. It is refused.""",
    "X012": """
        The text is not UTF-8. It was read as Windows-1252, which older programs write; look
        at the letters with accents, or save the file as UTF-8.""",
    "X013": """
        A row of a table of judgements names a study that the library does not have, or a label
        that several have. Judgements are entered for studies that are there: add the study
        first, or write its key in the table.""",
}


def problem(
    code: str, where: Where, message: str, fix: str = "", why: str = "", severity: Severity = "error"
) -> Problem:
    return Problem(code, NAMES[code], severity, where, message, why, fix)
