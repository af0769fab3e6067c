"""The inputs of a sensor: recorded captures and logs, live packets, followed logs, syslog."""
