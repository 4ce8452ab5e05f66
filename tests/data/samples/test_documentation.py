"""The text CPython carries: long, English, always there."""

from kerasrnn.data.samples.documentation import read_documentation


def test_documentation_is_long_english_text_with_plain_line_ends():
    text = read_documentation()
    assert len(text) > 300_000
    assert "\r" not in text
    assert text == read_documentation()
    for phrase in ('The "if" statement', "expression", "the language"):
        assert phrase in text
