"""The home page: the four lessons as cards."""
