"""Rule tests: the cases beside each rule, run through stamp, scan and correlation (docs/reference/rule.md)."""
