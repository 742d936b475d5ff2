"""The mode for a beamer: large type, one idea a screen, steps through the lessons."""
