"""Numbers in words, against other people's programs and read back by slow functions of our own."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.data.samples.numbers import MOST, in_chinese, in_english, sample
from kerasrnn.errors import BadInput

NUMBERS = st.integers(0, MOST) | st.builds(
    lambda figures, noughts: int(f"{figures}{'0' * noughts}"),
    st.integers(0, 10**4),
    st.integers(0, 5),
)
TRICKY = (
    *(0, 2, 10, 12, 20, 22, 100, 101, 110, 111, 200, 202, 1000, 1001, 1010, 2000, 2002, 10_000),
    *(10_001, 12_000, 20_000, 20_002, 22_222, 100_000, 100_005, 101_000, 120_012, 200_000),
    *(1_000_000, 10_000_000, 20_000_000, 100_000_000, 100_000_001, 100_020_000, 200_000_000),
    *(202_020_202, 210_000_000, 999_999_999, MOST),
)
CHINESE = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2}
PLACES = {"十": 10, "百": 100, "千": 1000}


def read_chinese(text):
    """Figures times their places, summed up to 万 and 亿."""
    total = group = figure = 0
    for character in text:
        if character in CHINESE:
            figure = CHINESE[character]
        elif character in PLACES:
            group += (figure or 1) * PLACES[character]
            figure = 0
        else:
            total += (group + figure) * (10**8 if character == "亿" else 10**4)
            group = figure = 0
    return total + group + figure


def read_english(text):
    """By looking every number below 1000 up in the list of all of them."""
    total = 0
    below = {in_english(n): n for n in range(100)}
    names = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
    group = 0
    for word in text.split():
        if word == "hundred":
            group *= 100
        elif word in names:
            total += group * names[word]
            group = 0
        else:
            group += below[word]
    return total + group


@given(number=NUMBERS)
def test_words_are_read_back_as_the_number(number):
    assert read_chinese(in_chinese(number)) == number
    assert read_english(in_english(number)) == number


@pytest.mark.parametrize("start", [0, 9_900, 99_900])
def test_every_number_of_a_stretch_is_called_differently(start):
    stretch = range(start, start + 1200)
    assert len({in_chinese(n) for n in stretch}) == len({in_english(n) for n in stretch}) == 1200


def test_others_call_numbers_the_same():
    num2words = pytest.importorskip("num2words").num2words
    an2cn = pytest.importorskip("cn2an").an2cn
    draw = random.Random(0)
    drawn = [draw.randrange(10 ** draw.randint(4, 9)) for _ in range(2000)]
    for number in (*TRICKY, *range(300), *drawn):
        assert in_english(number) == num2words(number).replace(" and ", " ").replace(",", "")
        # that program never writes 两
        theirs = an2cn(number)
        theirs = theirs[1:] if theirs.startswith("一十") else theirs
        assert in_chinese(number).replace("两", "二") == theirs


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (22, "二十二"),
        (110, "一百一十"),
        (111, "一百一十一"),
        (200, "二百"),
        (1002, "一千零二"),
        (2002, "两千零二"),
        (2200, "两千二百"),
        (10_010, "一万零一十"),
        (20_000, "两万"),
        (22_000, "两万两千"),
        (120_000, "十二万"),
        (1_020_000, "一百零二万"),
        (100_020_000, "一亿零两万"),
        (200_000_002, "两亿零二"),
        (MOST, "十亿"),
    ],
)
def test_noughts_and_twos(number, words):
    assert in_chinese(number) == words


def test_english_has_hyphens_and_no_and():
    assert in_english(1_203_045) == "one million two hundred three thousand forty-five"
    assert in_english(MOST) == "one billion"


@pytest.mark.parametrize("language", ["english", "chinese"])
def test_no_number_stands_in_two_parts(language):
    parts = sample(1000, language=language, seed=0)
    assert [len(part) for part in parts.values()] == [800, 100, 100]
    sources = [source for part in parts.values() for source in part.sources]
    assert len(set(sources)) == 1000
    assert {len(source) for source in sources} >= set(range(1, 10))
    write = in_chinese if language == "chinese" else in_english
    for part in parts.values():
        assert part.targets == [write(int(source)) for source in part.sources]
    assert sample(1000, language=language, seed=0) == parts
    assert sample(1000, language=language, seed=1) != parts


def test_other_languages_are_refused():
    with pytest.raises(BadInput, match="choose from english, chinese"):
        sample(10, language="french")
