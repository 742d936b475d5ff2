"""The lesson on cross-entropy: probabilities become a loss."""
