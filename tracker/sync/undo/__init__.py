"""Undo what a run did, on both sides, where nothing newer is there."""
