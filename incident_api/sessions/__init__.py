"""Log-in and server-side sessions."""
