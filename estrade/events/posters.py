"""Draw the poster of an event that has no picture: a playbill on a stage line, as SVG.

The same input always gives the same drawing. Each line of the title is justified to the measure by choosing a width of
Archivo (62 to 125 %) and a size; `textLength` closes the last few percent, so that the sheet stays true even with a
fallback font. No style attributes: type and widths are classes of the stylesheet (`.poster-line`, `.poster-w62`, ...),
colours are attributes, so that a Content-Security-Policy needs no exception.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of one category: `tone` may lie under type, `figure` never does."""

    paper: str
    type: str
    tone: str
    figure: str


# The stylesheet repeats these as .inks-<category>; a test compares the two.
INKS = {
    "music": Inks("#22398C", "#FFE7B3", "#2C46A3", "#F0704A"),
    "comedy": Inks("#F05A3C", "#240B05", "#F97B5C", "#FFD9C2"),
    "wellness": Inks("#CDE2D3", "#123626", "#B9D5C1", "#5E9C78"),
    "lesson": Inks("#BFD9EC", "#0F2A40", "#AACCE4", "#3F7FAE"),
    "talk": Inks("#EADCC5", "#3B2511", "#DFCDAF", "#B7813F"),
    "cooking": Inks("#F6CDAA", "#57190D", "#F0BC91", "#CF6234"),
    "science": Inks("#1C2333", "#EDE6D3", "#283149", "#8EA4DD"),
    "giving": Inks("#7C1842", "#FFE1EA", "#90234F", "#EE7FA4"),
    "craft": Inks("#4B5B31", "#F7F1D6", "#586A3B", "#C3CB85"),
    "family": Inks("#BFE3DC", "#0C3835", "#A8D6CD", "#2E8F83"),
}

# Advance widths of Archivo at weight 800, in thousandths of an em, at widths 62, 100 and 125 %.
_ADVANCES = {
    "A": (500, 746, 933), "B": (482, 745, 914), "C": (505, 752, 942), "D": (503, 755, 933), "E": (452, 699, 863),
    "F": (395, 641, 799), "G": (532, 815, 1012), "H": (504, 787, 989), "I": (243, 329, 373), "J": (426, 630, 734),
    "K": (501, 770, 951), "L": (411, 623, 754), "M": (677, 914, 1148), "N": (508, 787, 988), "O": (543, 810, 1013),
    "P": (472, 698, 861), "Q": (543, 810, 1013), "R": (498, 750, 932), "S": (454, 697, 867), "T": (458, 675, 848),
    "U": (495, 783, 968), "V": (473, 729, 904), "W": (703, 979, 1213), "X": (487, 736, 940), "Y": (480, 732, 918),
    "Z": (463, 682, 857), "Œ": (763, 1204, 1526), " ": (117, 189, 304), ".": (212, 318, 349), ",": (212, 318, 349),
    ":": (221, 334, 344), "!": (258, 314, 358), "?": (409, 612, 715), "'": (199, 263, 278), "’": (198, 279, 305),
    "-": (240, 333, 416), "–": (310, 500, 625), "&": (534, 816, 1001), "/": (271, 302, 308),
}  # fmt: skip
_DIGIT = (425, 626, 786)
_UNKNOWN = (480, 700, 880)
_WIDTHS = (62, 82, 104, 125)  # percent; each has its class in the stylesheet
_CAPITAL = 0.686  # height of a capital, in em
_SIZE_MAX = 168
_LINES_MAX = 5
# Words that do not stand alone at the end of a line.
_SHORT_WORDS = frozenset(
    {
        *(
            "a",
            "à",
            "au",
            "aux",
            "d",
            "de",
            "des",
            "du",
            "en",
            "et",
            "la",
            "le",
            "les",
            "l",
            "un",
            "une",
            "pour",
            "sur",
            "dans",
            "chez",
        ),
        *("avec", "par", "son", "sa", "ses", "vos", "nos", "the", "of", "for", "and", "to", "with", "from", "by", "in"),
        *(
            "am",
            "im",
            "der",
            "die",
            "das",
            "dem",
            "den",
            "und",
            "für",
            "mit",
            "aus",
            "von",
            "vom",
            "zum",
            "fir",
            "vum",
            "vun",
            "mat",
        ),
    }
)


@functools.lru_cache(maxsize=4096)
def _advance(text: str, width: float) -> float:
    """Length of `text` in em at `width` percent."""
    total = 0.0
    for char in text:
        base = unicodedata.normalize("NFD", char)[0]
        narrow, normal, wide = _ADVANCES.get(char) or _ADVANCES.get(base) or (_DIGIT if base.isdigit() else _UNKNOWN)
        if width <= 100:
            total += narrow + (normal - narrow) * (width - 62) / 38
        else:
            total += normal + (wide - normal) * (width - 100) / 25
    return total / 1000


def _groups(title: str) -> list[str]:
    """The words of `title`, short ones tied to the next, lone punctuation to the one before."""
    groups: list[str] = []
    held = ""
    for word in title.replace("\u00a0", " ").split():
        held = f"{held} {word}".strip()
        if word.lower().strip("’'") in _SHORT_WORDS:
            continue
        if word in {":", "!", "?", "–"} and groups:
            groups[-1] = f"{groups[-1]} {word}"
        else:
            groups.append(held)
        held = ""
    groups = [*groups, held] if held else groups
    # The ways to break a title grow fast with its words, and there are five lines at most.
    while len(groups) > _LINES_MAX:
        first = min(range(len(groups) - 1), key=lambda index: len(groups[index]) + len(groups[index + 1]))
        groups[first : first + 2] = [f"{groups[first]} {groups[first + 1]}"]
    return groups


def _breaks(title: str, lines_max: int) -> list[list[str]]:
    """Every way to break `title` into at most `lines_max` lines without leaving a short word alone."""
    groups = _groups(title)
    found = []
    for count in range(min(lines_max, len(groups))):
        for cut in itertools.combinations(range(1, len(groups)), count):
            edges = [0, *cut, len(groups)]
            found.append([" ".join(groups[a:b]) for a, b in itertools.pairwise(edges)])
    return found or [["ESTRADE"]]


def _is_accented(line: str) -> bool:
    return any(unicodedata.combining(part) for char in line for part in unicodedata.normalize("NFD", char))


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a title: `size` in pixels, `width` in percent, `y` of its baseline from the top."""

    text: str
    size: float
    width: int
    y: float


def _place(lines: list[str], widths: tuple[int, ...], measure: float) -> list[_Line]:
    placed: list[_Line] = []
    y = 0.0
    for index, (text, width) in enumerate(zip(lines, widths, strict=True)):
        size = min(measure / _advance(text, width), _SIZE_MAX)
        y += (size * 0.17 if _is_accented(text) else 0) + size * _CAPITAL + (9 if index else 0)
        placed.append(_Line(text, size, width, y))
    return placed


def _penalty(placed: list[_Line], measure: float, height: float, seed: int) -> float:
    """How far `placed` is from a good sheet: lines filled, none tiny, the height used, sizes that differ."""
    unfilled = sum(1 - line.size * _advance(line.text, line.width) / measure for line in placed)
    tiny = sum(max(0.0, 30 - line.size) for line in placed)
    y = placed[-1].y
    tall = (y - height) / height * 8 if y > height else (height - y) / height * 1.3
    jumps = [abs(a.size - b.size) > 12 for a, b in itertools.pairwise(placed)]
    lively = 0.25 * sum(jumps) / len(jumps) if jumps else 0
    return unfilled * 2.2 + tiny * 0.06 + tall - lively + 0.12 * ((seed >> (len(placed) + placed[0].width)) % 3)


@functools.lru_cache(maxsize=256)
def _set_title(title: str, measure: float, height: float, seed: int) -> tuple[_Line, ...]:
    """The best lines, sizes and widths for `title` in a box of `measure` by `height`."""
    lines_max = _LINES_MAX if height > 200 else 3
    sheets = (
        _place(lines, widths, measure)
        for lines in _breaks(title.upper(), lines_max)
        for widths in itertools.product(_WIDTHS, repeat=len(lines))
    )
    best: list[_Line] = min(sheets, key=lambda placed: _penalty(placed, measure, height, seed))
    return tuple(best)


@dataclass(frozen=True, slots=True)
class _Ground:
    """Where a drawing stands: `width` wide, from `top` down to `floor`, in `inks`, varied by `seed`."""

    width: float
    top: float
    floor: float
    inks: Inks
    seed: int

    @property
    def height(self) -> float:
        return self.floor - self.top


def _path(data: str, fill: str) -> str:
    return f'<path d="{data}" fill="{fill}"/>'


def _circle(x: float, y: float, radius: float, fill: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}"/>'


def _box(x: float, y: float, width: float, height: float, fill: str, *, radius: float = 0) -> str:
    corner = f' rx="{radius:.1f}"' if radius else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"{corner} fill="{fill}"/>'


def _half_disc(x: float, floor: float, radius: float, fill: str) -> str:
    return _path(f"M{x - radius:.1f} {floor:.1f}a{radius:.1f} {radius:.1f} 0 0 1 {2 * radius:.1f} 0z", fill)


def _music(at: _Ground) -> str:
    """A moon over waves."""
    w, h, floor, inks = at.width, at.height, at.floor, at.inks
    x = w * (0.30 + 0.4 * ((at.seed >> 3) % 5) / 4)
    waves = "".join(
        _path(
            f"M0 {floor - h * high:.1f}q{w / 8:.1f} {-h * swell:.1f} {w / 4:.1f} 0"
            f"t{w / 4:.1f} 0 {w / 4:.1f} 0 {w / 4:.1f} 0V{floor:.1f}H0Z",
            fill,
        )
        for high, swell, fill in ((0.62, 0.22, inks.tone), (0.36, 0.26, inks.figure), (0.14, 0.2, inks.type))
    )
    return _circle(x, floor - h * 0.62, h * 0.3, inks.type) + waves


def _comedy(at: _Ground) -> str:
    """A microphone in a cone of light."""
    x, h, floor = at.width * 0.72, at.height, at.floor
    cone = f"M{x - h * 0.9:.1f} {floor}L{x - h * 0.12:.1f} {at.top}H{x + h * 0.12:.1f}L{x + h * 0.9:.1f} {floor}Z"
    return (
        _path(cone, at.inks.figure)
        + _path(f"M{x - 3:.1f} {floor}V{floor - h * 0.58:.1f}h6V{floor}z", at.inks.type)
        + _box(x - h * 0.085, floor - h * 0.82, h * 0.17, h * 0.29, at.inks.type, radius=h * 0.085)
        + _box(x - h * 0.2, floor - 5, h * 0.4, 5, at.inks.type)
    )


def _wellness(at: _Ground) -> str:
    """A sun setting in rings."""
    radius, x, inks = at.height * 0.86, at.width * 0.66, at.inks
    rings = ((1.0, inks.tone), (0.72, inks.figure), (0.44, inks.type), (0.18, inks.tone))
    return "".join(_half_disc(x, at.floor, radius * part, fill) for part, fill in rings)


def _lesson(at: _Ground) -> str:
    """Steps, and a ball at their foot."""
    step, is_falling = at.width / 6, bool(at.seed & 1)
    heights = [0.2, 0.34, 0.5, 0.66, 0.82, 0.98]
    if is_falling:
        heights.reverse()
    stairs = "".join(
        _box(i * step, at.floor - at.height * part, step + 0.5, at.height * part, at.inks.figure if i % 2 else at.inks.tone)
        for i, part in enumerate(heights)
    )
    return stairs + _circle(
        step * (5.5 if is_falling else 0.5), at.floor - at.height * 0.2 - step * 0.36, step * 0.36, at.inks.type
    )


def _talk(at: _Ground) -> str:
    """An open book."""
    x, s, floor = at.width * 0.5, at.height * 0.95, at.floor

    def leaf(side: int, fill: str) -> str:
        return _path(
            f"M{x} {floor}C{x + side * s * 0.3:.1f} {floor - s * 0.3:.1f} {x + side * s * 1.05:.1f} {floor - s * 0.32:.1f} "
            f"{x + side * s * 1.15:.1f} {floor - s * 0.12:.1f}V{floor - s * 0.72:.1f}C{x + side * s:.1f} {floor - s * 0.95:.1f} "
            f"{x + side * s * 0.3:.1f} {floor - s * 0.92:.1f} {x} {floor - s * 0.6:.1f}Z",
            fill,
        )

    return leaf(-1, at.inks.figure) + leaf(1, at.inks.type)


def _cooking(at: _Ground) -> str:
    """A pot with three round things in it."""
    x, s, floor, inks = at.width * 0.6, at.height, at.floor, at.inks
    bowl = (
        f"M{x - s * 0.8:.1f} {floor - s * 0.52:.1f}h{s * 1.6:.1f}v{s * 0.2:.1f}"
        f"a{s * 0.32:.1f} {s * 0.32:.1f} 0 0 1 -{s * 0.32:.1f} {s * 0.32:.1f}h-{s * 0.96:.1f}"
        f"a{s * 0.32:.1f} {s * 0.32:.1f} 0 0 1 -{s * 0.32:.1f} -{s * 0.32:.1f}z"
    )
    fruit = ((-0.48, inks.figure), (0.0, inks.tone), (0.48, inks.figure))
    return (
        _path(bowl, inks.type)
        + _box(x - s * 1.02, floor - s * 0.46, s * 2.04, s * 0.09, inks.type)
        + "".join(_circle(x + s * offset, floor - s * 0.72, s * 0.19, fill) for offset, fill in fruit)
    )


def _science(at: _Ground) -> str:
    """A planet rising under stars."""
    x = at.width * 0.62
    stars = "".join(
        _circle(
            (at.seed >> i) % 97 / 97 * at.width,
            at.top + (at.seed >> (i + 5)) % 89 / 89 * at.height * 0.7,
            1.5 + i % 3,
            at.inks.type,
        )
        for i in range(0, 26, 2)
    )
    return _circle(x, at.floor, at.height * 0.8, at.inks.tone) + stars + _half_disc(x, at.floor, at.height * 0.5, at.inks.figure)


def _giving(at: _Ground) -> str:
    """Seven people of different sizes, shoulder to shoulder."""
    gap, colours = at.width / 7, (at.inks.figure, at.inks.type, at.inks.tone)
    return "".join(
        _path(
            f"M{i * gap + 5:.1f} {at.floor}v-{at.height * (0.28 + 0.5 * ((at.seed >> i) % 7) / 6):.1f}"
            f"a{gap / 2 - 5:.1f} {gap / 2 - 5:.1f} 0 0 1 {gap - 10:.1f} 0V{at.floor}z",
            colours[(i + at.seed) % 3],
        )
        for i in range(7)
    )


def _craft(at: _Ground) -> str:
    """A quilt of triangles."""
    cell, colours = at.width / 5, (at.inks.figure, at.inks.tone, at.inks.type)
    rows = max(1, min(3, int(at.height // (cell * 0.82))))
    patches = []
    for row, column in itertools.product(range(rows), range(5)):
        x, y, turn = column * cell, at.floor - (row + 1) * cell, (at.seed >> (row * 5 + column)) & 3
        corners = [(x, y), (x + cell, y), (x + cell, y + cell), (x, y + cell)]
        points = "L".join(f"{px:.1f} {py:.1f}" for px, py in (corners[(turn + k) % 4] for k in range(3)))
        patches.append(_path(f"M{points}Z", colours[(turn + row + column) % 3]))
    return "".join(patches)


def _family(at: _Ground) -> str:
    """A range of mountains."""
    side, inks = at.height * 0.42, at.inks
    peaks = ((0.02, 0.6, inks.figure), (0.28, 0.95, inks.tone), (0.45, 0.72, inks.type), (0.66, 0.5, inks.figure))
    return "".join(
        _path(f"M{at.width * x:.1f} {at.floor}l{side:.1f} -{at.height * tall:.1f}l{side:.1f} {at.height * tall:.1f}z", fill)
        for x, tall, fill in peaks
    )


_DRAWINGS: dict[str, Callable[[_Ground], str]] = {
    "music": _music, "comedy": _comedy, "wellness": _wellness, "lesson": _lesson, "talk": _talk,
    "cooking": _cooking, "science": _science, "giving": _giving, "craft": _craft, "family": _family,
}  # fmt: skip


def _open(width: float, height: float) -> str:
    box = f'viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} class="poster" aria-hidden="true" focusable="false">'


def _seed(title: str, category: str) -> int:
    return int(hashlib.sha256(f"{category}:{title}".encode()).hexdigest()[:8], 16)


def _title_text(lines: tuple[_Line, ...], left: float, start: float, measure: float, fill: str) -> str:
    return "".join(
        f'<text x="{left}" y="{start + line.y:.1f}" textLength="{min(line.size * _advance(line.text, line.width), measure):.1f}" '
        f'lengthAdjust="spacingAndGlyphs" fill="{fill}" font-size="{line.size:.1f}" class="poster-line poster-w{line.width}">'
        f"{escape(line.text)}</text>"
        for line in lines
    )


def _floor(width: float, height: float, floor: float, *, left: float, inks: Inks, when: str, who: str) -> str:
    """The low block on the floor, with the date and the name on it."""
    size, y = (20, floor + 36) if width > 400 else (17, floor + 31)
    type_ = f'y="{y}" fill="{inks.paper}" font-size="{size}" class="poster-foot"'
    return (
        _box(0, floor, width, height - floor, inks.type)
        + _box(left, floor - 9, 72, 9, inks.type)
        + f'<text x="{left}" {type_}>{escape(when)}</text>'
        + f'<text x="{width - left}" text-anchor="end" {type_}>{escape(who)}</text>'
    )


@functools.lru_cache(maxsize=512)
def poster(title: str, *, category: str, when: str, who: str = "") -> str:
    """The sheet of an event, 400 by 500, as one `<svg>`. Decorative: the page says it all again."""
    inks, seed = INKS[category], _seed(title, category)
    width, height, left, floor = 400, 500, 24, 450
    measure = width - 2 * left
    lines = _set_title(title, measure, 236, seed)
    tall = lines[-1].y
    if seed & 4:  # the letters stand on the stage, the drawing hangs above
        start = floor - 20 - tall
        line = max(start - 18 - (lines[0].size * 0.17 if _is_accented(lines[0].text) else 0), 120)
        drawing = _DRAWINGS[category](_Ground(width, max(line - 190, 26), line, inks, seed)) + _box(0, line, width, 1.5, inks.type)
    else:
        start = left
        drawing = _DRAWINGS[category](_Ground(width, max(start + tall + 22, floor - 230), floor, inks, seed))
    return (
        f"{_open(width, height)}"
        f"{_box(0, 0, width, height, inks.paper)}{drawing}{_title_text(lines, left, start, measure, inks.type)}"
        f"{_floor(width, height, floor, left=left, inks=inks, when=when, who=who)}</svg>"
    )


@functools.lru_cache(maxsize=512)
def banner(title: str, *, category: str, when: str, who: str = "") -> str:
    """The same sheet lying down, 800 by 450, for shared links and the first event of the directory."""
    inks, seed = INKS[category], _seed(title, category)
    width, height, left, floor, panel = 800, 450, 40, 392, 256
    measure = width - panel - 2 * left
    lines = _set_title(title, measure, floor - left * 2, seed)
    over_tone = Inks(inks.paper, inks.type, inks.paper, inks.figure)
    return (
        f"{_open(width, height)}"
        f'{_box(0, 0, width, height, inks.paper)}<svg x="{width - panel}" width="{panel}" height="{floor}">'
        f'<rect width="100%" height="100%" fill="{inks.tone}"/>'
        f"{_DRAWINGS[category](_Ground(panel, left * 2, floor, over_tone, seed))}</svg>"
        f"{_title_text(lines, left, left, measure, inks.type)}"
        f"{_floor(width, height, floor, left=left, inks=inks, when=when, who=who)}</svg>"
    )


@functools.lru_cache(maxsize=512)
def scene(title: str, *, category: str, width: int = 480, height: int = 460, on_tone: bool = True) -> str:
    """The drawing alone, filling whatever box it stands in from the foot up: for the band of an event and its ticket."""
    inks = INKS[category]
    ground = Inks(inks.paper, inks.type, inks.paper, inks.figure) if on_tone else inks
    drawing = _DRAWINGS[category](_Ground(width, height * 0.14, height, ground, _seed(title, category)))
    return (
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="xMaxYMax slice" aria-hidden="true" focusable="false" '
        f'class="block w-full h-full">{drawing}</svg>'
    )
