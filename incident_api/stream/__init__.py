"""Live updates for the page."""
