"""The statement on paper."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from estrade.base.money import Money
from estrade.base.templatetags.estrade_ui import money_text, time_text
from estrade.events.clock import HOME_ZONE
from estrade.payments.statements.figures import Statement, Table
from estrade.payments.statements.tables import tables

FACE = "DejaVu"
FACES = Path(settings.STATIC_ROOT)  # where the build puts them
MARGIN = 22
AMOUNT_WIDTH = 42
INK, MUTED, LIT = (28, 26, 23), (94, 88, 79), (255, 198, 44)


class _Paper(FPDF):
    """A4 with the instance's name and the page at its foot."""

    def footer(self) -> None:
        """What stands below each page."""
        self.set_y(-18)
        self.set_font(FACE, size=8)
        self.set_text_color(*MUTED)
        foot = _("%(name)s, page %(page)s of %(pages)s") % {
            "name": settings.OPERATOR["name"],
            "page": self.page_no(),
            "pages": "{nb}",
        }
        self.cell(0, 5, foot)


def pdf(found: Statement, now: datetime) -> bytes:
    """The statement as a PDF in the active language. It says of when it is: entries come in after it, too."""
    paper = _Paper(format="A4")
    paper.set_lang(get_language() or "en")
    paper.set_title(f"{_('Statement')}, {found.scope.title}")
    paper.set_creation_date(now)
    paper.set_margins(MARGIN, MARGIN, MARGIN)
    paper.set_auto_page_break(auto=True, margin=25)
    paper.add_font(FACE, fname=FACES / "DejaVuSans.ttf")
    paper.add_font(FACE, "B", FACES / "DejaVuSans-Bold.ttf")
    paper.add_page()
    _head(paper, found, now)
    for title, table in tables(found):
        _table(paper, title, table)
    if found.taken:
        _taken(paper, found)
    return bytes(paper.output())


def _head(paper: FPDF, found: Statement, now: datetime) -> None:
    scope = found.scope
    _line(paper, _("Statement"), size=22, style="B", height=11)
    _line(paper, scope.title, size=13, height=7)
    if scope.title != scope.organisation.name:
        _line(paper, scope.organisation.name, height=6)
    if scope.first_day and scope.last_day:
        _line(
            paper, _("%(first)s to %(last)s") % {"first": scope.first_day.isoformat(), "last": scope.last_day.isoformat()}, height=6
        )
    as_of = _("As of %(when)s, in %(currency)s") % {"when": time_text(now, HOME_ZONE, "stamp"), "currency": scope.currency}
    _line(paper, as_of, colour=MUTED, height=6)


def _table(paper: FPDF, title: str, table: Table) -> None:
    _title(paper, title)
    for figure in table.figures:
        _row(paper, figure.label, figure.amount)
    _row(paper, _("Total"), table.total, style="B")


def _taken(paper: FPDF, found: Statement) -> None:
    _title(paper, _("What you took yourself"))
    names = {"bank": _("By bank transfer"), "door": _("At the door"), "external": _("Elsewhere")}
    for each in found.taken:
        _row(paper, f"{names.get(each.processor, each.processor)} ({each.count})", each.amount)
    _row(paper, _("Total"), found.taken_total, style="B")


def _title(paper: FPDF, title: str) -> None:
    if paper.will_page_break(30):
        paper.add_page()
    paper.ln(7)
    _line(paper, title, size=12, style="B", height=8)
    paper.set_draw_color(*INK)
    paper.set_line_width(0.3)
    paper.line(MARGIN, paper.get_y(), paper.w - MARGIN, paper.get_y())
    paper.set_fill_color(*LIT)
    paper.rect(MARGIN, paper.get_y() - 1, 14, 1, style="F")
    paper.ln(1)


def _row(paper: FPDF, label: str, amount: Money, style: str = "") -> None:
    paper.set_font(FACE, style, 10)
    paper.set_text_color(*INK)
    top = paper.get_y()
    paper.multi_cell(paper.epw - AMOUNT_WIDTH, 7, label, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    bottom = paper.get_y()
    paper.set_xy(paper.w - MARGIN - AMOUNT_WIDTH, top if bottom > top else bottom - 7)
    paper.cell(AMOUNT_WIDTH, 7, money_text(amount), align="R")
    paper.set_xy(MARGIN, bottom)


def _line(paper: FPDF, text: str, *, size: int = 10, style: str = "", height: int = 7, colour: tuple[int, int, int] = INK) -> None:
    paper.set_font(FACE, style, size)
    paper.set_text_color(*colour)
    paper.multi_cell(0, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
