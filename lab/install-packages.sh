#!/bin/sh
# Installs the Debian packages that the lab day runs, each with its reason; needs root.
# They are separate programs: nothing of them is linked into or shipped with Khiên.
# No service starts: while this runs, policy-rc.d refuses it (an existing one is put back), and what was not installed
# before is not started by the next boot either.
set -eu

packages="
iproute2          # ip, tc: namespaces, links, the gateway's mirror port
ethtool           # turn off checksum and segmentation offload, so that frames look as on a wire
tcpdump           # the recording at the mirror port
util-linux        # nsenter, unshare, setpriv: hosts with their own files and processes
nginx             # city portal, outside sites, command server
openssl           # the lab's certificate authority and its certificates
openssh-server    # log-ins on portal, mail host and admin host
openssh-client    # the administrator
sshpass           # the administrator's typed (and mistyped) passwords
postfix           # mail host: SMTP and submission; the outside mail partner
dovecot-imapd     # mail host: IMAP and the log-in service of submission
rsyslog           # the hosts' own auth.log and mail.log
unbound           # the city's resolver
nsd               # name servers outside: the stand-in root and the attacker's domain
bind9-dnsutils    # dig, for ordinary look-ups
curl              # ordinary visitors, and the requests against the portal
nmap              # act: port scan
hydra             # act: password guessing on SSH and mail
tzdata            # the hosts' time zone
"

if [ "${1:-}" = "--list" ]; then
    echo "$packages"
    exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "error: installing packages needs root; run: sudo $0" >&2
    exit 77
fi

policy=/usr/sbin/policy-rc.d
kept=""
restore() {
    if [ -n "$kept" ]; then mv "$kept" "$policy"; else rm -f "$policy"; fi
}
if [ -e "$policy" ]; then
    kept="$policy.khien-lab"
    cp -p "$policy" "$kept"
fi
trap restore EXIT
trap 'exit 130' INT TERM
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

names=$(echo "$packages" | sed 's/#.*//' | tr -s ' \n' ' ')
is_installed() {
    dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q "ok installed"
}
new_services=""
for pair in nginx:nginx postfix:postfix dovecot-imapd:dovecot unbound:unbound nsd:nsd openssh-server:ssh \
    rsyslog:rsyslog; do
    is_installed "${pair%%:*}" || new_services="$new_services ${pair#*:}"
done

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # one word a package
apt-get install -y -qq --no-install-recommends $names </dev/null

if [ -d /run/systemd/system ]; then
    for service in $new_services; do
        systemctl disable --quiet "$service" || true
    done
fi
