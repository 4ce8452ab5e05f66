"""Searching settings with KerasTuner: its oracle proposes them, our own training tries them."""
