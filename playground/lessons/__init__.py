"""What the lessons show: their states as links, their presets, their results, their code."""
