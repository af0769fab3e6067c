"""Tuning: exceptions (no alert) and suppressions (one alert, repeated n times), apart from rules, dated, owned and audited."""
