"""The incident API from Python: `khien.connect(url, token)`, typed from the API's own description."""

from khien.client.connection import ApiError, Client, StreamEvent, connect

__all__ = ["ApiError", "Client", "StreamEvent", "connect"]
