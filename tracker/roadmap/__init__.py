"""The roadmap model and its rules."""
