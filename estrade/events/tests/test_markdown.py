from __future__ import annotations

import pytest

from estrade.events.markdown import to_html


def test_markdown_becomes_html_with_headings_below_the_pages_own():
    html = to_html("# Tonight\n\nA **trio**, *live*.\n\n- one\n- two")

    assert html == "<h3>Tonight</h3>\n<p>A <strong>trio</strong>, <em>live</em>.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"


def test_a_link_tells_nobody_where_it_was_found():
    assert to_html("[us](https://example.org)") == (
        '<p><a href="https://example.org" rel="noopener noreferrer nofollow ugc">us</a></p>\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://tracker.example/p.gif)",
        '<img src=x onerror="alert(1)">',
        "<a href='jav&#x61;script:alert(1)'>x</a>",
        '[x](https://example.org "onmouseover=alert(1)")',
        "<svg/onload=alert(1)>",
        "<style>body{display:none}</style>",
    ],
)
def test_nothing_that_a_host_writes_is_executed_or_fetched(text):
    html = to_html(text)

    for danger in ("<script", "<img", "<svg", "<style", 'href="javascript', 'href="data', "title=", "<a href='jav"):
        assert danger not in html


def test_a_part_of_a_part_is_one_heading_lower():
    assert to_html("## Part\n\n### Piece") == "<h3>Part</h3>\n<h4>Piece</h4>\n"
