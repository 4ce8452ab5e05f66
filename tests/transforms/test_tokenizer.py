"""Words as a reader sees them, and pieces that join to the very text."""

import importlib.util

import pytest
import regex
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kerasrnn.errors import BadInput
from kerasrnn.files import write_json
from kerasrnn.transforms.tokenizer import SEPARATOR, Tokenizer, ends_piece

# surrogates are no text, and the separator is what no text has
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=SEPARATOR))


def split(text, **settings):
    [tokens] = Tokenizer(**settings)(tf.constant([text])).to_list()
    return [token.decode("utf-8") for token in tokens]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A fine film.<br /><br />It IS", "a fine film it is"),
        ('see <a href="x.html">this</a>!', "see this"),
        ("<!-- no --> text <p>here</p>", "text here"),
        ("1 < 2 and 3 > 2", "1 2 and 3 2"),
        ("I <3 you > him", "i 3 you him"),
        ("a lone < stays harmless", "a lone stays harmless"),
        ("ÉCOLE Straße ΑΒΓ ДА", "école straße αβγ да"),
        ("cafe\u0301 हिन्दी", "cafe\u0301 हिन्दी"),
        ("don't, o'clock; it's", "don't o'clock it's"),
        ("'quoted' text", "quoted text"),
        ("'one' 'two' 'three'", "one two three"),
        ("''twice'' and the dogs' '", "twice and the dogs"),
        ("don’t ‘quote’ me", "don't quote me"),
        ("3.5 million in 1999", "3 5 million in 1999"),
        ("snake_case e-mail", "snake case e mail"),
        ("我喜欢你", "我 喜 欢 你"),
        ("ひらカナ 한국", "ひ ら カ ナ 한 국"),
        ("看 NETFLIX电影2次", "看 netflix 电 影 2 次"),
        ("中'文'", "中 文"),
        ("", ""),
        (" \n\t", ""),
        ("😀🎉 !?", ""),
        ("<br />", ""),
        ("a\0B <i\0> \0c", "a b c"),
    ],
)
def test_words_are_lower_case_without_markup_and_punctuation(text, words):
    assert split(text) == words.split()


def test_characters_are_lower_case_with_single_blanks():
    text = "  Ab<br/>C\n\n 中é "
    assert split(text, tokens="character") == ["a", "b", " ", "c", " ", "中", "é"]
    assert split("", tokens="character") == []
    assert split("A\0B\0", tokens="character") == ["a", " ", "b"]


@pytest.mark.parametrize("tokens", ["word", "character"])
@given(texts=st.lists(TEXT, min_size=1, max_size=4))
@example(texts=["", " ", "  a  b\n\n c'd\u00a0\x0b\x00e\x00", "\ufeff<br />\r\n中文 😀\x1e"])
def test_reversible_tokens_join_to_the_text(tokens, texts):
    rows = Tokenizer(tokens, reversible=True)(tf.constant(texts)).to_list()
    assert [b"".join(row).decode("utf-8") for row in rows] == texts
    assert all(piece for row in rows for piece in row)


def test_reversible_words_take_the_blank_before_them():
    assert split("To be,  or\nnot", reversible=True) == ["To", " be", ",", " ", " or", "\n", "not"]
    assert split("Ab c", tokens="character", reversible=True) == ["A", "b", " ", "c"]


@settings(max_examples=20)
@given(texts=st.lists(TEXT, min_size=1, max_size=4))
def test_each_text_is_split_as_if_it_were_alone(texts):
    together = Tokenizer()(tf.constant(texts)).to_list()
    assert together == [Tokenizer()(tf.constant([text])).to_list()[0] for text in texts]


def test_jieba_finds_chinese_words():
    pytest.importorskip("jieba")
    tokenizer = Tokenizer(segmenter="jieba")
    batch = tokenizer.before_graph(["我喜欢北京大学", "plain English", ""])
    words = [[w.decode("utf-8") for w in row] for row in tokenizer(tf.constant(batch)).to_list()]
    assert "北京大学" in words[0]
    assert words[1:] == [["plain", "english"], []]


def test_without_jieba_the_error_names_the_extra(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"pip install 'kerasrnn\[chinese\]'"):
        Tokenizer(segmenter="jieba")


def test_texts_go_into_the_graph_as_they_are_without_a_segmenter():
    assert Tokenizer().before_graph(("中文", "b")) == ["中文", "b"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ein Mann, der  geht.", [" Ein", " Mann", ",", " der", " geht", "."]),
        (" don't (I said)\n", [" don't", " (", "I", " said", ")"]),
        ("看 NETFLIX电影2次。", [" 看", " NETFLIX", "电", "影", "2", "次", "。"]),
        ("ひら\u3000カナ", [" ひ", "ら", " カ", "ナ"]),
        ("a\0b\x1fc\u2028d\x85e", [" a", " b", " c", " d", " e"]),
        ("<br/>", [" <", "br", "/>"]),
        (" \t\u00a0\n", []),
        ("", []),
    ],
)
def test_words_of_sentences_are_joined_to_them(text, words):
    assert split(text, sentences=True) == words
    assert split(text, sentences=True, lower=True) == [word.lower() for word in words]


@settings(deadline=None)
@given(text=TEXT)
def test_tokens_of_sentences_joined_are_the_sentence_with_single_blanks(text):
    blanks = r"[\x00-\x20\x7f\x85\p{Z}]+"
    folded = regex.sub(blanks, " ", text).strip(" ")
    begun = f" {folded}" if folded else ""
    assert "".join(split(text, sentences=True)) == begun
    assert "".join(split(text, tokens="character", sentences=True)) == folded
    subwords = "".join(split(text, tokens="subword", sentences=True))
    assert subwords == begun.replace(" ", "▁")


def test_subwords_of_texts_to_classify_are_lower_case_without_markup():
    characters = split(" A fine<br/>  FILM’s 我 ", tokens="subword")
    assert "".join(characters) == "▁a▁fine▁film's▁我"
    assert split("", tokens="subword") == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sentences": True, "segmenter": "jieba"}, "could not be joined"),
        ({"sentences": True, "reversible": True}, "running text"),
        ({"tokens": "subword", "reversible": True}, "running text"),
        ({"lower": True}, "case"),
    ],
)
def test_settings_that_contradict_one_another_are_refused(wrong, message):
    with pytest.raises(BadInput, match=message):
        Tokenizer(**wrong)


@pytest.mark.parametrize("wrong", [{"tokens": "sentence"}, {"segmenter": "mecab"}])
def test_unknown_settings_are_refused(wrong):
    with pytest.raises(BadInput, match="no such tokenizer"):
        Tokenizer(**wrong)


def test_a_saved_tokenizer_is_the_same(tmp_path):
    tokenizer = Tokenizer("character", reversible=True)
    tokenizer.save(tmp_path)
    assert Tokenizer.load(tmp_path) == tokenizer


@pytest.mark.parametrize("content", [{"tokens": "word", "colour": 1}, [1, 2], 3])
def test_a_file_that_describes_no_tokenizer_is_named(tmp_path, content):
    write_json(tmp_path / "tokenizer.json", content)
    with pytest.raises(BadInput, match=r"tokenizer\.json does not describe a tokenizer"):
        Tokenizer.load(tmp_path)


@settings(deadline=None)
@given(st.text(st.sampled_from("aé'7中. ,\n\t\u00a0\u0301…"), max_size=12) | TEXT)
@example("don't  stop, 'now'\n 中文")
def test_pieces_end_where_two_neighbours_say(text):
    borders, place = set(), 0
    for piece in split(text, reversible=True):
        borders.add(place)
        place += len(piece)
    told = {i for i in range(1, len(text)) if ends_piece(text[i - 1], text[i])}
    assert told == borders - {0}


def without_place(tokens):
    return [token for token, _, _ in tokens]


EVERY = [{"tokens": t, "reversible": r} for t in ("word", "character") for r in (False, True)]


@pytest.mark.parametrize("settings", EVERY, ids=str)
@given(TEXT)
@example("İİ <b>Σ</b>ΑΣ’s 'Ça' \n\t va")
@example("")
def test_located_tokens_are_the_tokens_in_their_order(settings, text):
    tokenizer = Tokenizer(**settings)
    located = tokenizer.locate(text)
    assert without_place(located) == tokenizer.plain(text)
    ends = [0, *(end for _, _, end in located)]
    starts = [start for _, start, _ in located]
    assert ends == sorted(ends)
    assert starts == sorted(starts)
    assert all(0 <= start < end <= len(text) for _, start, end in located)
    for token, start, end in located:
        typed = text[start:end]
        if settings["reversible"]:
            assert typed == token
        elif settings["tokens"] == "word":
            # nothing but case, the apostrophe's form and what a quote ends with
            typed = typed.replace("‘", "'").replace("’", "'")
            assert set(token.casefold()) <= set(typed.casefold()) | {"\u0307"}
        elif token != " ":
            assert len(typed) == 1


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("A FINE film.<br />It IS", ["A", "FINE", "film", "It", "IS"]),
        ("don’t ‘Quote’ me", ["don’t", "Quote", "me"]),
        ("世界 is GREAT", ["世", "界", "is", "GREAT"]),
        ("İstanbul 𝒜 Ⅷ x", ["İstanbul", "𝒜", "Ⅷ", "x"]),
        ("👍👍 Good", ["Good"]),
    ],
)
def test_located_words_are_shown_as_they_were_typed(text, typed):
    assert [text[start:end] for _, start, end in Tokenizer().locate(text)] == typed


def test_a_letter_that_becomes_two_is_in_two_tokens():
    located = Tokenizer("character").locate("aİ")
    assert located == [("a", 0, 1), ("i", 1, 2), ("\u0307", 1, 2)]


@pytest.mark.skipif(not importlib.util.find_spec("jieba"), reason="jieba is not installed")
@given(st.text(st.sampled_from("我们喜欢这家酒店 ab’A,。\n\t\r\u3000<>\u0130"), max_size=30))
@example("我们喜欢这家酒店，very  GOOD\r\n。")
def test_words_that_jieba_finds_are_located(text):
    tokenizer = Tokenizer(segmenter="jieba")
    located = tokenizer.locate(text)
    assert without_place(located) == tokenizer.plain(text)
    for token, start, end in located:
        typed = text[start:end].replace("’", "'").lower()
        assert typed == token


@pytest.mark.skipif(not importlib.util.find_spec("jieba"), reason="jieba is not installed")
def test_blanks_between_words_of_jieba_take_no_place():
    located = Tokenizer("character", segmenter="jieba").locate("我们 喜欢")
    assert [(t, s, e) for t, s, e in located if t != " "] == [
        ("我", 0, 1),
        ("们", 1, 2),
        ("喜", 3, 4),
        ("欢", 4, 5),
    ]
