"""Traffic crafted with scapy: evasion, tunnels, malformed packets; every case says what must be seen in it."""
