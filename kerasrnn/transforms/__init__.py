"""Raw examples to tensors: fitted on the training part alone, saved beside the model."""
