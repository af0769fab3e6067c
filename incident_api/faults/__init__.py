"""What the platform's own parts say is wrong with them."""
