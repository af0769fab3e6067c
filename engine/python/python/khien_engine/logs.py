"""Re-exports of the native `logs` module."""
