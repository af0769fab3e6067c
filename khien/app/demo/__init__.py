"""`make demo`: the recorded lab day through the whole product, by its public commands only."""
