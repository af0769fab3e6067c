"""Re-exports of the native `detect` module."""
