"""The lights of this process."""
