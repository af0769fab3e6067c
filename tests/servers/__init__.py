"""Real servers for tests: started on free loopback ports as an ordinary user, stopped by process id."""
