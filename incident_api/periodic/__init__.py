"""Reports, reviews and meetings that come again with the calendar."""
