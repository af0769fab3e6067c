"""What the stages counted."""
