"""nginx: the city portal with its application, the ordinary sites outside, and the command server."""

import sys

from lab.certificates import Authority, KeyPair
from lab.host import Host
from lab.plan import BEACON_NAME, NEWS_NAME, PORTAL_NAME, SOFTWARE_NAME, UPDATE_NAME

_FRAME = """\
user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log warn;
events {{ worker_connections 512; }}
http {{
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /var/log/nginx/access.log combined;
  sendfile on;
  keepalive_timeout 75s;
  ssl_protocols TLSv1.2 TLSv1.3;
{servers}
}}
"""

# The portal answers on plain HTTP too, as an old public site does: that is where the sensor sees requests.
_PORTAL = """\
  server {{
    listen 80 default_server;
    listen 443 ssl default_server;
    server_name {name};
    ssl_certificate /etc/nginx/{name}.pem;
    ssl_certificate_key /etc/nginx/{name}.key;
    client_max_body_size 4m;
    location /tinh/ {{ alias /srv/cong-tt/; }}
    location / {{
      proxy_pass http://127.0.0.1:8080;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_read_timeout 15s;
    }}
  }}
"""

_SITE = """\
  server {{
    listen 80;
    listen 443 ssl;
    server_name {name};
    ssl_certificate /etc/nginx/{name}.pem;
    ssl_certificate_key /etc/nginx/{name}.key;
    root /srv/{name};
    location /api/ {{ default_type application/json; return 200 '{{"status":"ok","wait":5}}'; }}
  }}
"""

# An implant's server: old TLS only, so that its self-signed certificate crosses the wire in the clear.
_COMMAND = """\
  server {{
    listen 443 ssl;
    server_name {name};
    ssl_protocols TLSv1.2;
    ssl_certificate /etc/nginx/{name}.pem;
    ssl_certificate_key /etc/nginx/{name}.key;
    location / {{ default_type application/octet-stream; return 200 'lab: no order for you, wait for the next'; }}
  }}
"""


def start_portal(host: Host, authority: Authority, *, files: dict[str, bytes]) -> None:
    """Starts the portal's application and nginx in front of it; `files` are its large downloads."""
    for name, content in files.items():
        host.write_bytes(f"/srv/cong-tt/{name}", content)
    host.run("install", "-d", "-o", "www-data", "-g", "www-data", "/var/lib/cong-tt", check=True)
    host.spawn(sys.executable, "-m", "lab.services.portal_application", "/var/lib/cong-tt", user="www-data")
    host.wait_for_port(8080)
    _give(host, PORTAL_NAME, authority.issue(PORTAL_NAME, organisation="Thanh pho Ben Sen (lab)"))
    _start(host, _PORTAL.format(name=PORTAL_NAME))


def start_outside(host: Host, authority: Authority, *, download: bytes) -> None:
    """Starts the ordinary sites of the stand-in Internet."""
    servers = ""
    for name in (NEWS_NAME, SOFTWARE_NAME, UPDATE_NAME):
        _give(host, name, authority.issue(name, organisation="Lab Internet"))
        host.write(f"/srv/{name}/index.html", f"<!doctype html><title>{name}</title><p>Trang của phòng thí nghiệm.\n")
        servers += _SITE.format(name=name)
    host.write(f"/srv/{NEWS_NAME}/thoi-tiet.json", '{"nhiet_do": 31, "mua": false}\n')
    host.write_bytes(f"/srv/{SOFTWARE_NAME}/bo-go-tieng-viet.zip", download)
    _start(host, servers)


def start_command(host: Host, authority: Authority) -> None:
    """Starts the command server that the beacon calls; it never orders anything."""
    _give(host, BEACON_NAME, authority.self_signed(BEACON_NAME))
    _start(host, _COMMAND.format(name=BEACON_NAME))


def _give(host: Host, name: str, pair: KeyPair) -> None:
    host.write(f"/etc/nginx/{name}.pem", pair.certificate)
    host.write(f"/etc/nginx/{name}.key", pair.key, mode=0o600)


def _start(host: Host, servers: str) -> None:
    host.run("install", "-d", "/var/log/nginx", check=True)
    host.write("/etc/nginx/nginx.conf", _FRAME.format(servers=servers))
    host.start_daemon("nginx", "-c", "/etc/nginx/nginx.conf")
    host.wait_for_port(443)
