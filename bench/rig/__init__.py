"""What the figures share: a house of their own, its processes, shops to fill it with, and how a figure is told."""
