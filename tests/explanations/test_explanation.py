"""What is shown of an explanation: pieces, numbers, a page, a picture, a terminal."""

import io
import re
from html.parser import HTMLParser

import matplotlib.image
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from kerasrnn.errors import BadInput
from kerasrnn.explanations import (
    Decisions,
    Evidence,
    Explanation,
    colours,
    files,
    picture,
    terminal,
)
from kerasrnn.explanations.page import page
from kerasrnn.explanations.picture import draw


def explained(text, /, *weights, attention=None, **settings):
    """The words between blanks, with these weights."""
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    attended = attention or [None] * len(weights)
    evidence = [
        Evidence(*span, weight, share)
        for span, weight, share in zip(spans, weights, attended, strict=True)
    ]
    return Explanation(
        **{
            "text": text,
            "answer": "good",
            "certainty": 0.9876,
            "evidence": evidence,
            "score": sum(weights) + 0.5,
            "blank": 0.5,
            "points": 16,
            "complete": True,
            **settings,
        }
    )


FINE = explained("a  Fine\nfilm", 0.0, 2.0, -1.0, attention=[0.25, 0.25, 0.5])


# Pieces


def test_a_text_is_cut_at_its_tokens():
    assert FINE.pieces("weight") == [
        ("a", 0.0),
        ("  ", None),
        ("Fine", 1.0),
        ("\n", None),
        ("film", -0.5),
    ]
    assert [share for _, share in FINE.pieces("attention") if share is not None] == [0.5, 0.5, 1]


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), st.floats(-5, 5)), max_size=6),
)
@example("İx", [(0, 1, 1.0), (0, 1, 2.0), (1, 1, -3.0)])
def test_joined_the_pieces_are_the_text(text, places):
    evidence = [
        Evidence(start, min(start + size, len(text)), weight)
        for start, size, weight in sorted(places)
        if start <= len(text)
    ]
    pieces = (
        explained("")
        .__class__(text, "good", 0.5, evidence, score=0.0, blank=0.0, points=1, complete=True)
        .pieces("weight")
    )
    joined = "".join(piece for piece, _ in pieces)
    assert len(joined) == len(text)
    assert all(a in (b, "\ufffd") for a, b in zip(joined, text, strict=True))
    assert all(-1 <= share <= 1 for _, share in pieces if share is not None)


def test_two_tokens_of_one_letter_are_one_to_the_eye():
    evidence = [Evidence(0, 1, 1.0), Evidence(0, 1, 2.0), Evidence(1, 2, -1.5)]
    both = explained("", evidence=evidence, text="İx").pieces("weight")
    assert both == [("İ", 1.0), ("x", -0.5)]


def test_long_stretches_without_a_token_are_shortened_where_asked():
    text = "good" + "." * 500 + " bad"
    found = explained("", text=text, evidence=[Evidence(0, 4, 1.0), Evidence(505, 508, -1.0)])
    assert "".join(piece for piece, _ in found.pieces("weight")) == text
    short = "".join(piece for piece, _ in found.pieces("weight", most=10))
    assert short == "good..... … .... bad"


def test_what_steers_a_terminal_is_never_printed(monkeypatch):
    found = explained("\x1b[31mred\x07 \x1b]0;x", 1.0, 0.5, answer="\x1b[1mgood")
    assert found.pieces("weight")[0] == ("\ufffd[31mred\ufffd", 1.0)
    assert not set("\x1b\x07") & set(shown(monkeypatch, found))


# Numbers


def test_a_row_has_every_token_as_typed_with_its_place():
    row = FINE.as_json()
    assert row["explanation"][1] == {
        "token": "Fine",
        "start": 3,
        "end": 7,
        "weight": 2.0,
        "attention": 0.25,
    }
    assert row["log_odds"] == 1.5
    assert row["blank_log_odds"] == 0.5
    assert row["complete"] is True
    assert "attention" not in explained("a", 1.0).as_json()["explanation"][0]


def test_decisions_about_parts_of_a_text_name_their_parts():
    rough = explained("in Ho\nHo", 0.5, 2.0, 1.0, answer="PLACE", about=(3, 8), complete=False)
    assert rough.heading == "PLACE 0.988: Ho Ho"
    several = Decisions([explained("in Oslo", 0.1, 1.0, about=(0, 2)), rough], ["two of three"])
    first, second = several.as_json()["explanations"]
    part = {"text": "Ho\nHo", "start": 3, "end": 8, "label": "PLACE", "probability": 0.9876}
    assert {name: second[name] for name in part} == part
    assert second["explanation"][1]["weight"] == 2
    assert first["text"] == "in"
    note, warning = several.warnings
    assert note == "two of three"
    assert warning == "the weights of 'in Ho Ho' sum to 3.500 and not to 3.500: take them as rough"
    assert FINE.warnings == []
    assert FINE.decisions == [FINE]
    assert "label" not in FINE.as_json()


def test_the_sum_says_when_it_is_none():
    assert FINE.sum == "log-odds +1.50: tokens +1.00, blank text +0.50"
    assert "rough" in explained("a", 1.0, complete=False).sum
    assert "no token" in explained("").sum


def test_colours_go_from_white_to_the_colour_of_the_sign_and_can_be_read():
    assert colours(0.0, "weight") == ("#ffffff", "#000000")
    assert colours(1.0, "weight") == ("#0072b2", "#ffffff")
    assert colours(-1.0, "weight")[0] == "#d55e00"
    assert colours(1.0, "attention")[0] == "#009e73"
    for name in ("weight", "attention"):
        for tenth in range(-10, 11):
            paper, ink = (luminance(c) for c in colours(tenth / 10, name))
            light, dark = max(paper, ink), min(paper, ink)
            assert (light + 0.05) / (dark + 0.05) > 4.5  # WCAG 2, level AA


def luminance(colour):
    """As WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# Terminal


def shown(monkeypatch, *explanations, **settings):
    out = io.StringIO()
    monkeypatch.setattr(
        terminal, "Console", lambda **given: Console(file=out, width=80, **given, **settings)
    )
    terminal.show(explanations)
    return out.getvalue()


def test_without_a_terminal_every_token_has_a_number(monkeypatch):
    out = shown(monkeypatch, FINE)
    assert "\x1b" not in out
    lines = [line.split() for line in out.splitlines()]
    assert ["good", "0.988"] in lines
    assert ["a", "Fine", "film"] in lines
    assert ["Fine", "+2.000", "0.250"] in lines
    assert ["film", "-1.000", "0.500"] in lines
    assert "integrated gradients" in out


@pytest.mark.parametrize("name", ["NO_COLOR", "TERM"])
def test_a_terminal_without_colours_gets_the_numbers(monkeypatch, name):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLORTERM", "truecolor")
    assert "48;" in shown(monkeypatch, FINE, force_terminal=True)
    monkeypatch.setenv(name, {"NO_COLOR": "1", "TERM": "dumb"}[name])
    out = shown(monkeypatch, FINE, force_terminal=True)
    assert "48;" not in out
    assert re.search(r"Fine +\+2.000", out)


def test_on_a_terminal_tokens_are_coloured_by_their_weight(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = shown(monkeypatch, FINE, force_terminal=True, color_system="truecolor")
    assert "48;2;0;114;178mFine\x1b[0m" in out  # the strongest for the answer: blue
    assert "mfilm\x1b[0m" in out
    assert "ma\x1b[0m" not in out.splitlines()[1]  # no weight, no colour
    assert "Fine +2.00, film -1.00, a +0.00" in out
    assert "attention: " in out
    assert "blue speaks for the answer" in out


def test_sixteen_colours_tell_signs_and_strong_from_weak(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    found = explained("best good fair bad worst", 4.0, 1.0, 0.1, -1.0, -3.0)
    out = shown(monkeypatch, found, force_terminal=True, color_system="standard")
    line = out.splitlines()[1]
    assert line == (
        "\x1b[97;44mbest\x1b[0m \x1b[1;34mgood\x1b[0m fair \x1b[1;33mbad\x1b[0m "
        "\x1b[30;43mworst\x1b[0m"
    )


@pytest.mark.parametrize("forced", [False, True])
def test_eighty_columns_hold_whatever_comes(monkeypatch, forced):
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = " ".join(["x" * 200, *["word"] * 60, "界" * 90])
    found = explained(text, *[0.5] * 62, attention=[0.1] * 62)
    out = shown(monkeypatch, found, force_terminal=forced, color_system="truecolor")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert all(len(line) + line.count("界") <= 80 for line in plain.splitlines())


# Page


class Reader(HTMLParser):
    """Collects tags, and the text outside of style and title."""

    def __init__(self):
        super().__init__()
        self.tags, self.data, self.inside = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self.inside and "title" not in self.inside:
            self.data.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    return reader


NASTY = "<script>alert(1)</script> \"'><img src=x onerror=y> & &lt; </p></span> \x00 $"


def test_whatever_stands_in_a_text_is_text_on_the_page():
    words = NASTY.split()
    weights = [1.0, -2.0, 3.0, *[0.1] * (len(words) - 3)]
    made = page([explained(NASTY, *weights, answer=NASTY)], title=NASTY)
    reader = read(made)
    assert {tag for tag, _ in reader.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "span"),
        *("details", "summary", "table", "tr", "th", "td"),
    }
    assert all(
        set(a) <= {"style", "class", "charset", "name", "content", "http-equiv"}
        for _, a in reader.tags
    )
    assert NASTY.replace("\x00", "\ufffd") in "".join(reader.data)
    assert "\x00" not in made
    assert "http://" not in made
    assert "https://" not in made


def test_a_page_has_each_token_on_its_colour_and_its_number():
    made = page([FINE, explained("dull", -1.0)], title="two")
    assert '<span style="background:#0072b2;color:#ffffff">Fine</span>\n<span' in made
    assert '<span style="background:#d55e00;color:#000000">dull</span>' in made
    assert "<td>Fine</td><td>+2.0000</td><td>0.2500</td>" in made
    assert made.count("<h2>good 0.988</h2>") == 2
    assert made.count("attention: ") == 1


# Picture


def test_a_picture_is_drawn_as_high_as_its_lines(tmp_path):
    assert draw(tmp_path / "one.png", [FINE]) == ""
    assert (
        draw(tmp_path / "two.png", [FINE, explained("$\\frac$ ^_ $ dull", 0.1, 0.2, 0.3, -1.0)])
        == ""
    )
    one, two = (matplotlib.image.imread(tmp_path / f"{name}.png") for name in ("one", "two"))
    assert one.shape[1] == two.shape[1] > 1000
    assert two.shape[0] > one.shape[0]
    for image, colour in ((one, (0, 114, 178)), (two, (213, 94, 0))):
        found = (abs(image[..., :3] * 255 - colour) < 1).all(-1)
        assert found.sum() > 200


def test_long_texts_are_wrapped_within_the_picture(tmp_path):
    text = " ".join(["some words,"] * 100 + ["x" * 500])
    found = explained(text, *[0.1] * 201)
    draw(tmp_path / "x.png", [found])
    image = matplotlib.image.imread(tmp_path / "x.png")[..., :3]
    assert image.shape[0] > 10 * picture.LINE
    assert (image[:, -picture.LINE // 2 :] == 1).all()  # nothing runs into the margin


def test_characters_that_no_font_has_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(picture, "fonts_for", lambda text: (["DejaVu Sans"], {"世", "界"}))
    found = explained("世界 good 世", 1.0, 0.5, 0.2)
    [told] = files.write(str(tmp_path / "x.png"), [found], title="x")
    assert "no font here draws 世界:" in told
    assert (tmp_path / "x.png").is_file()
    assert files.write(str(tmp_path / "x.html"), [found], title="x") == []
    assert "世界" in (tmp_path / "x.html").read_text(encoding="utf-8")


def test_what_is_too_much_for_a_picture_is_refused_and_nothing_written(tmp_path):
    with pytest.raises(BadInput, match=r"150 texts make \d+ lines.*x\.html"):
        files.write(str(tmp_path / "x.png"), [FINE] * 150, title="x")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x.pdf", "x", ".html", "a.html.gz"])
def test_only_pages_and_pictures_are_written(name):
    with pytest.raises(BadInput, match=r"\.html or \.png"):
        files.check_path(name)


def test_a_folder_is_no_file_to_write(tmp_path):
    (tmp_path / "x.html").mkdir()
    with pytest.raises(BadInput, match="is a folder"):
        files.check_path(str(tmp_path / "x.html"))
