"""A person who reads a long page: one TLS connection, kept open, with long pauses between requests.

Usage: `python -m lab.clients.slow_reader NAME SECONDS...` (one request, then each pause is followed by another)
"""

import http.client
import ssl
import sys
import time


def main(name: str, pauses: list[float]) -> None:
    """Reads until the pauses are used up."""
    context = ssl.create_default_context(cafile="/etc/lab-ca.pem")
    connection = http.client.HTTPSConnection(name, timeout=20.0, context=context)
    for pause in [0.0, *pauses]:
        time.sleep(pause)
        connection.request("GET", "/thoi-tiet.json", headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) lab"})
        connection.getresponse().read()
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], [float(word) for word in sys.argv[2:]])
