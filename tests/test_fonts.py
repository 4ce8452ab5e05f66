"""Which fonts draw which characters."""

from kerasrnn import fonts


def test_a_character_is_drawn_in_the_first_font_that_has_it():
    families, missing = fonts.fonts_for("abc ä\n")
    assert families == ["sans-serif"]
    assert not missing
    assert not any("Last Resort" in name for name in fonts.fonts_for("一\U0001f600")[0])


def test_what_cannot_be_drawn_is_spelled_by_its_code_point():
    assert fonts.spelled("a 世", {"世"}) == "a␣U+4E16"
    assert fonts.limited("abc", 3) == "abc"
    assert fonts.limited("abcd", 3) == "abc…"
