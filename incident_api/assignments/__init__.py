"""Who gets an alert or an incident, gathered from the store, decided by the rules, and stored with its whole reason."""
