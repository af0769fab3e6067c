"""The one place that puts the rooms together: command line, serve, replay."""
