"""The two ids every vocabulary begins with."""

PAD_ID = 0  # right padding only: cuDNN accepts no other mask
UNKNOWN_ID = 1
