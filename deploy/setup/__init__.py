"""What `make install` runs."""
