"""Re-exports of the native `packet` module."""
