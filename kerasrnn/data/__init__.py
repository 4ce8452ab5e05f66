"""Where raw examples come from: files, data sets, embedded samples. No TensorFlow here."""
