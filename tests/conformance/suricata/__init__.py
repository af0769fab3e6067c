"""The suite of `test.yaml` files: expectations on EVE output, as suricata-verify states them."""
