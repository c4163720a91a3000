"""A Word document made of headings, paragraphs and tables, written part by part (Office Open XML, ECMA-376).

Only what a Summary of Findings needs: one landscape page layout, a title, text, numbered notes, and tables
whose header row repeats on every page. The same content gives the same bytes on every machine: nothing is
compressed and every file in the archive bears the same date.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
EPOCH = (1980, 1, 1, 0, 0, 0)
WIDTH, HEIGHT, MARGIN = 16838, 11906, 850  # A4 landscape, in twentieths of a point
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(title: str, body: Iterable[str], language: str = "en-GB") -> bytes:
    """The bytes of a .docx file. ``body`` holds what ``heading``, ``paragraph`` and ``table`` return."""
    page = (
        f'<w:sectPr><w:pgSz w:w="{WIDTH}" w:h="{HEIGHT}" w:orient="landscape"/><w:pgMar w:top="{MARGIN}" '
        f'w:right="{MARGIN}" w:bottom="{MARGIN}" w:left="{MARGIN}" w:header="0" w:footer="0" w:gutter="0"/>'
        "</w:sectPr>"
    )
    text = f'<w:document xmlns:w="{NAMESPACE}"><w:body>{"".join(body)}{page}</w:body></w:document>'
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _RELATIONS,
        "docProps/core.xml": _core(title, language),
        "word/_rels/document.xml.rels": _DOCUMENT_RELATIONS,
        "word/document.xml": text,
        "word/styles.xml": _styles(language),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, xml in parts.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), f"{_DECLARATION}{xml}".encode())
    return out.getvalue()


def heading(text: str) -> str:
    return _paragraph(text, "Heading1")


def paragraph(text: str) -> str:
    return _paragraph(text, "Normal")


def note(text: str) -> str:
    """A paragraph in small letters."""
    return _paragraph(text, "Note")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """A ruled table; the header row repeats where the table runs over a page, no row is broken."""
    grid = "".join(f'<w:gridCol w:w="{(WIDTH - 2 * MARGIN) // len(head)}"/>' for _ in head)
    told = f"<w:tblCaption w:val={quoteattr(_clean(caption))}/>" if caption else ""
    properties = (
        f'<w:tblPr><w:tblStyle w:val="Ruled"/><w:tblW w:w="5000" w:type="pct"/>{told}</w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>"
    )
    lines = [_row(head, "Head", "<w:cantSplit/><w:tblHeader/>")]
    lines += [_row(row, "Cell", "<w:cantSplit/>") for row in rows]
    return f"<w:tbl>{properties}{''.join(lines)}</w:tbl>{_paragraph('', 'Normal')}"


def _row(cells: Sequence[str], style: str, properties: str) -> str:
    made = "".join(f"<w:tc>{_paragraph(cell, style)}</w:tc>" for cell in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{made}</w:tr>"


def _paragraph(text: str, style: str) -> str:
    run = f'<w:r><w:t xml:space="preserve">{escape(_clean(text))}</w:t></w:r>' if text else ""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{run}</w:p>'


def _clean(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold."""
    return _FORBIDDEN.sub("", text)


def _core(title: str, language: str) -> str:
    return (
        f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(_clean(title))}</dc:title><dc:language>{language}</dc:language></cp:coreProperties>"
    )


def _styles(language: str) -> str:
    fonts = '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri" w:eastAsia="Calibri"/>'
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="808080"/>' for side in sides)
    return (
        f'<w:styles xmlns:w="{NAMESPACE}"><w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:sz w:val="20"/>'
        f'<w:lang w:val="{language}"/></w:rPr></w:rPrDefault></w:docDefaults>'
        + _style("Normal", 20, after=120)
        + _style("Heading1", 32, after=160, bold=True, outline='<w:outlineLvl w:val="0"/>')
        + _style("Note", 17, after=60)
        + _style("Head", 18, after=0, bold=True)
        + _style("Cell", 18, after=0)
        + '<w:style w:type="table" w:styleId="Ruled"><w:name w:val="Ruled"/><w:tblPr>'
        f"<w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style></w:styles>"
    )


def _style(name: str, size: int, after: int, bold: bool = False, outline: str = "") -> str:
    shown = "heading 1" if name == "Heading1" else name
    based = "" if name == "Normal" else '<w:basedOn w:val="Normal"/>'
    default = ' w:default="1"' if name == "Normal" else ""
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{name}"><w:name w:val="{shown}"/>{based}'
        f'<w:pPr><w:spacing w:before="0" w:after="{after}"/>{outline}</w:pPr>'
        f'<w:rPr>{"<w:b/>" if bold else ""}<w:sz w:val="{size}"/></w:rPr></w:style>'
    )


def _related(relations: dict[str, str]) -> str:
    made = "".join(
        f'<Relationship Id="rId{i}" Type="{kind}" Target="{target}"/>'
        for i, (target, kind) in enumerate(relations.items(), 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{made}</Relationships>'


_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_RELATIONS = _related(
    {
        "word/document.xml": f"{OFFICE}/officeDocument",
        "docProps/core.xml": f"{PACKAGE}/relationships/metadata/core-properties",
    }
)
_DOCUMENT_RELATIONS = _related({"styles.xml": f"{OFFICE}/styles"})
_CONTENT_TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{TYPES}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{TYPES}.styles+xml"/>'
    '<Override PartName="/docProps/core.xml" '
    'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
