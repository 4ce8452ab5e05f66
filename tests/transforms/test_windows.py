"""Windows begin wherever they fit between two breaks."""

from hypothesis import given
from hypothesis import strategies as st

from kerasrnn.transforms.windows import window_starts


@given(
    count=st.integers(0, 20),
    span=st.integers(1, 8),
    first=st.integers(0, 10),
    breaks=st.sets(st.integers(1, 19)),
)
def test_windows_hold_no_break(count, span, first, breaks):
    inside = sorted(row for row in breaks if row < count)
    expected = [
        begin
        for begin in range(first, count - span + 1)
        if not any(begin < row < begin + span for row in inside)
    ]
    assert window_starts(count, span, first=first, breaks=inside).tolist() == expected
