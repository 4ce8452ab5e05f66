import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.errors import BadInput
from kerasrnn.transforms.alphabet import Alphabet


def test_classes_begin_after_the_blank():
    alphabet = Alphabet.fit(["cab", "ab é"])
    assert alphabet.characters == ("", " ", "a", "b", "c", "é")
    assert len(alphabet) == 6
    assert alphabet.encode("ba").tolist() == [3, 2]
    assert alphabet.decode([3, 0, 2, 5]) == "baé"


def test_strange_characters_are_told_and_never_right():
    alphabet = Alphabet("ab")
    assert alphabet.encode("axb").tolist() == [1, 3, 2]
    assert alphabet.decode(alphabet.encode("axb")) == "a\N{REPLACEMENT CHARACTER}b"
    assert alphabet.unknown(["ab", "zxa"]) == "xz"


@given(st.lists(st.text(max_size=8), min_size=1))
def test_every_transcript_of_training_comes_back(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("alphabet")
    alphabet = Alphabet.fit(texts)
    alphabet.save(folder)
    loaded = Alphabet.load(folder)
    for text in texts:
        assert loaded.decode(alphabet.encode(text)) == text


def test_what_is_broken_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"cannot read .*alphabet\.json"):
        Alphabet.load(tmp_path)
    for content in ('{"a": 1}', "[1]", '["ab"]', '["a", "a"]'):
        (tmp_path / "alphabet.json").write_text(content)
        with pytest.raises(BadInput, match="alphabet"):
            Alphabet.load(tmp_path)
