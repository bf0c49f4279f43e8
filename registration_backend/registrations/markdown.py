"""Turns an agency's Markdown into HTML that can do no harm and asks nothing of another server."""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Nothing else: an address without a scheme could be meant for this server or, with two slashes, for another one.
_LINKS = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
_TOP_HEADING = 2  # the page around has the first one
_LOWEST_HEADING = 6


def _alternative_text(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: MutableMapping) -> str:
    """Show the words beside a picture in place of the picture, which a browser would fetch."""
    return str(escape(tokens[index].content))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False})
    parser.validateLink = lambda address: _LINKS.match(address) is not None  # type: ignore[method-assign]
    parser.add_render_rule("image", _alternative_text)
    return parser


_PARSER = _parser()


@lru_cache(maxsize=64)
def render(text: str) -> SafeString:
    """Return `text` as HTML: no raw HTML, no pictures, links by http, https and mailto only, headings from h2 down."""
    tokens = _PARSER.parse(text)
    _fit_headings(tokens)
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "noopener nofollow")
    # Safe: the parser escapes whatever it does not know, and knows no raw HTML.
    return mark_safe(_PARSER.renderer.render(tokens, _PARSER.options, {}))  # noqa: S308


@lru_cache(maxsize=64)
def paragraphs(text: str) -> tuple[str, ...]:
    """Return the plain words of `text`, one piece a paragraph, heading, list item or line of code, for printing."""
    pieces = []
    for token in _PARSER.parse(text):
        if token.type == "inline":
            pieces.append(
                "".join(" " if child.type.endswith("break") else child.content for child in token.children or ())
            )
        elif token.type in {"fence", "code_block"}:
            pieces += token.content.splitlines()
    return tuple(piece for piece in (" ".join(piece.split()) for piece in pieces) if piece)


def _fit_headings(tokens: Sequence[Token]) -> None:
    """Begin headings below the page's own one and leave no level out, as screen readers want it."""
    before = _TOP_HEADING - 1
    level = before
    for token in tokens:
        if token.type == "heading_open":
            level = min(int(token.tag[1]) + _TOP_HEADING - 1, before + 1, _LOWEST_HEADING)
            before = level
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{level}"
