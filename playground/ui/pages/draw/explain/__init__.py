"""The panels that explain an answer: what the network saw, and why it said so."""
