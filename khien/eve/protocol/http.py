"""`http`: one request with its answer. `members(event)` also describes the files that HTTP carried."""

from khien.eve.registry import Event, Members, Options, record


@record("network.http", "network.http2", event_type="http")
def http(event: Event, options: Options) -> Members:
    """The transaction."""
    return {"http": members(event, options)}


def members(event: Event, options: Options) -> Members:
    """EVE's `http` object of an event that holds our `http`, `url` and `user_agent`."""
    ours, url, own = event.get("http", {}), event.get("url", {}), event["khien"].get("http", {})
    request, response = ours.get("request", {}), ours.get("response", {})
    found: Members = {}
    _put(found, "hostname", url.get("domain"))
    _put(found, "http_port", url.get("port"))
    _put(found, "url", url.get("original"))
    _put(found, "http_user_agent", event.get("user_agent", {}).get("original"))
    _put(found, "http_content_type", response.get("mime_type"))
    _put(found, "xff", event.get("network", {}).get("forwarded_ip"))
    _put(found, "http_refer", request.get("referrer"))
    _put(found, "http_method", request.get("method"))
    version = ours.get("version")
    if version is not None:
        if version.startswith("2"):
            found["version"] = "2"
        else:
            found["protocol"] = f"HTTP/{version}"
    _put(found, "status", response.get("status_code"))
    _put(found, "status_string", own.get("status_string"))
    _put(found, "redirect", own.get("location"))
    found["length"] = response.get("body", {}).get("bytes", 0)
    stream = _stream(event["khien"].get("http2", {}))
    if stream:
        found["http2"] = stream
    if options.http_headers:
        _put(found, "request_headers", own.get("request_headers"))
        _put(found, "response_headers", own.get("response_headers"))
    return found


def _stream(own: Event) -> Members:
    """What EVE tells of the stream of HTTP/2."""
    found: Members = {}
    _put(found, "stream_id", own.get("stream_id"))
    request: Members = {}
    _put(request, "priority", own.get("priority"))
    _put(request, "error_code", own.get("request_error_code"))
    if request:
        found["request"] = request
    if "response_error_code" in own:
        found["response"] = {"error_code": own["response_error_code"]}
    return found


def _put(members_so_far: Members, name: str, value: object) -> None:
    if value is not None:
        members_so_far[name] = value
