"""A part of a page that the server draws again and again: grey, and said to be, if it does not.

`kit/live_fragment.py` mounts it; what it looks like is in the page's style sheet.
"""
