"""The ids every vocabulary begins with, and the two more where sequences are written."""

PAD_ID = 0  # right padding only: cuDNN accepts no other mask
UNKNOWN_ID = 1
START_ID = 2  # what a decoder is given before the first token
END_ID = 3  # what it gives after the last
