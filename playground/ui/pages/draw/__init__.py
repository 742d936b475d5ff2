"""The Draw page: the canvas, who reads it, and what is done with drawings."""
