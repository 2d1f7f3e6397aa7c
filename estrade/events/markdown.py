"""Markdown as hosts write it, to HTML that cannot harm: no raw HTML, no pictures from elsewhere, no scripts."""

from __future__ import annotations

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {"p", "br", "strong", "em", "s", "a", "ul", "ol", "li", "blockquote", "h3", "h4", "h5", "code", "pre", "hr"}
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("strikethrough").disable("image")
# The page's own headings are h1 and h2: a host's # begins below them.
_BELOW = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h5", "h6": "h5"}


def to_html(text: str) -> SafeString:
    """`text` in Markdown as safe HTML. Links open only http, https and mailto, and tell nobody where they were found."""
    tokens = _markdown.parse(text)
    for token in tokens:
        token.tag = _BELOW.get(token.tag, token.tag)
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow ugc",
    )
    return mark_safe(clean)  # noqa: S308 - nh3 let nothing through that is not listed above
