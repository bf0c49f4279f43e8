"""An agency's Markdown becomes HTML that runs nothing, fetches nothing and links to web and mail addresses only."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registrations import markdown
from tests.proof import proof_count

HARMLESS = {
    "p",
    "a",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "code",
    "pre",
    "blockquote",
    "hr",
    "br",
    *(f"h{n}" for n in range(2, 7)),
}


class Tags(HTMLParser):
    """Collects every tag with its attributes, as a browser would read them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    for tag, attributes in Tags(html).found:
        assert tag in HARMLESS
        assert set(attributes) <= ({"href", "rel", "title"} if tag == "a" else {"start", "class"})
        if tag == "a":
            assert re.match(r"(https?://|mailto:)", attributes["href"], re.IGNORECASE)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=https://evil.example/x onerror=alert(1)>",
        "![x](https://evil.example/x.png)",
        "![x][y]\n\n[y]: https://evil.example/x.png",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](vbscript:x) [y](data:text/html,<script>alert(1)</script>) [z](file:///etc/passwd)",
        "[x](//evil.example/) [y](/staff/) [z](?a=b)",
        "<javascript:alert(1)>",
        '[x](https://example.org/ "\\" onmouseover=alert(1) ")',
        '[x](https://example.org/"onmouseover="alert(1))',
        "<a href='javascript:alert(1)'>x</a>",
        "```\n</code></pre><script>alert(1)</script>\n```",
        '``` "><script>alert(1)</script>\nx\n```',
        "<iframe src=https://evil.example></iframe><style>*{display:none}</style>",
        "<!-- --><![CDATA[<script>alert(1)</script>]]>",
    ],
)
def test_hostile_text_does_no_harm(hostile):
    html = markdown.render(hostile)
    assert_harmless(html)
    assert "evil.example" not in str(Tags(html).found)


def test_what_is_meant_is_rendered():
    html = markdown.render(
        "# One\n\ntext **bold** [site](https://example.org/a) [mail](mailto:a@example.org)\n\n- item"
    )
    assert [tag for tag, _ in Tags(html).found] == ["h2", "p", "strong", "a", "a", "ul", "li"]
    assert 'href="mailto:a@example.org"' in html
    assert 'rel="noopener nofollow"' in html
    assert markdown.render("![a picture](https://example.org/x.png)") == "<p>a picture</p>\n"


def test_headings_start_below_the_page_and_leave_no_level_out():
    html = markdown.render("### a\n\n# b\n\n##### c\n\n## d\n\n###### e")
    assert re.findall(r"<h(\d)>(\w)</h\1>", html) == [("2", "a"), ("2", "b"), ("3", "c"), ("3", "d"), ("4", "e")]


@pytest.mark.parametrize("part", ["[", ">", "*a ", "![[", "`", "<", "*_", "- ", "[](", "![](", "[a]: x\n", "&", "\\"])
def test_twenty_thousand_hostile_characters_are_rendered_in_seconds(part):
    begun = time.monotonic()
    assert_harmless(markdown.render(part * (20_000 // len(part))))
    assert time.monotonic() - begun < 20


def test_for_printing_the_plain_words_remain():
    text = "# Title\n\nOne **bold**\nline, ![picture](https://example.org/x) <b>\n\n- first\n- [second](https://example.org)"
    assert markdown.paragraphs(text) == ("Title", "One bold line, picture <b>", "first", "second")


PIECES = st.sampled_from(
    [
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "!",
        "javascript:",
        "https://a.b",
        "\n",
        "\t",
        "`",
        "*",
        '"',
        "'",
        "&#58;",
        "\\",
        "script",
        " on=",
        "#",
        "- ",
        "\x00",
    ]
)


@settings(max_examples=proof_count(5000))
@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
def test_whatever_is_written_does_no_harm(text):
    assert_harmless(markdown.render(text))
    assert all(markdown.paragraphs(text))
