"""The work inside a case: comments, tasks, observables and countermeasures."""
