"""Types of the native module, proved by mypy's stubtest. One section a crate; people import the modules beside it."""

# --- packet: khien_engine.packet ---

# --- logs: khien_engine.logs ---

# --- detect: khien_engine.detect ---
