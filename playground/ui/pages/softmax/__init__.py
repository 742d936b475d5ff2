"""The lesson on softmax: logits become probabilities."""
