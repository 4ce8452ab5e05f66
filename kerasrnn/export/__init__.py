"""From a run to what production takes: SavedModels, TFLite files, and the proof that they agree."""
