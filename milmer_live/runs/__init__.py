"""What is started: sources, a model and an engine on them. No command line, no window."""
