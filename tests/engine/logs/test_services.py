"""Log-ins of services, web and mail servers of other makers, databases: what their lines become."""
# ruff: noqa: E501 - a log line stays one line

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from khien_engine.logs import EventFile, LogParser, detect_format, probe_event_file

from khien.schema.validation import validate
from tests.engine.logs.test_devices import flat, one

#: Lines of the makers' documentation and of public collections, with the addresses of documentation.
CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "vsftpd refuses": (
        "vsftpd", 'Mon Jun  8 12:08:53 2026 [pid 27244] [user] FAIL LOGIN: Client "::ffff:192.0.2.1"',
        {"@timestamp": "2026-06-08T12:08:53.000000Z", "event.dataset": "host.auth", "event.module": "vsftpd", "event.action": "login", "event.outcome": "failure",
         "user.name": "user", "source.ip": "192.0.2.1", "process.pid": 27_244, "network.protocol": "ftp"},
    ),
    "vsftpd lets in a name that lies": (
        "vsftpd", 'Mon Jun  8 12:08:53 2026 [pid 1] [a] FAIL LOGIN: Client "192.0.2.66"] OK LOGIN: Client "192.0.2.1"',
        {"event.outcome": "success", "source.ip": "192.0.2.1"},
    ),
    "vsftpd stores a file": (
        "vsftpd", 'Mon Jun  8 12:08:53 2026 [pid 1] [a] OK UPLOAD: Client "192.0.2.1", "/x", 5 bytes, 1.00Kbyte/sec', {"event.dataset": "app.vsftpd", "event.outcome": None},
    ),
    "ProFTPD refuses": (
        "syslog", "2026-05-28 18:08:34,399 tep proftpd[498819] tep (192.0.2.1[192.0.2.1]): USER seb (Login failed): Incorrect password",
        {"event.module": "proftpd", "event.outcome": "failure", "user.name": "seb", "source.ip": "192.0.2.1", "event.reason": "Incorrect password", "host.hostname": "tep"},
    ),
    "Pure-FTPd refuses": (
        "syslog", "Jan  7 14:19:31 tep pure-ftpd: (?@192.0.2.1) [WARNING] Authentication failed for user [root]",
        {"event.module": "pure-ftpd", "event.outcome": "failure", "user.name": "root", "source.ip": "192.0.2.1"},
    ),
    "Samba refuses": (
        "syslog", r"Sep 24 10:04:52 tep smbd[2725]: Auth: [SMB2,(null)] user [CQ]\[toto] at [Fri, 24 Sep 2026 10:04:52.030937 UTC] with [NTLMv2] status [NT_STATUS_NO_SUCH_USER] workstation [PC] remote host [ipv4:192.0.2.1:62419] mapped to []\[toto]. local host [ipv4:10.1.1.1:445]",
        {"event.module": "samba", "event.outcome": "failure", "user.name": "toto", "user.domain": "CQ", "source.ip": "192.0.2.1", "source.port": 62_419,
         "khien.auth.method": "NTLMv2", "event.reason": "NT_STATUS_NO_SUCH_USER"},
    ),
    "PostgreSQL refuses": (
        "postgresql", '2026-09-28 09:22:18.536 UTC [147] 192.0.2.1 app@hoso FATAL:  password authentication failed for user "app"',
        {"@timestamp": "2026-09-28T09:22:18.536000Z", "event.dataset": "db.audit", "event.outcome": "failure", "user.name": "app", "source.ip": "192.0.2.1", "log.level": "FATAL"},
    ),
    "PostgreSQL with colons in its prefix": (
        "postgresql", '2026-09-28 09:22:19.536 UTC:192.0.2.1(5432):app@hoso:[127]:FATAL:  password authentication failed for user "app"',
        {"event.outcome": "failure", "source.ip": "192.0.2.1", "source.port": 5432},
    ),
    "PostgreSQL in columns": (
        "postgresql", '2026-09-28 09:22:18.536 +07,"app","hoso",147,"192.0.2.1:53011",6a1.93,2,"authentication",2026-09-28 09:22:18 +07,3/2,0,FATAL,28P01,"password authentication failed for user ""app""",,,,,,,,,"","client backend",,0',
        {"@timestamp": "2026-09-28T02:22:18.536000Z", "event.outcome": "failure", "user.name": "app", "source.ip": "192.0.2.1", "source.port": 53_011, "event.code": "28P01", "process.pid": 147},
    ),
    "PostgreSQL knows no such host": (
        "postgresql", '2026-09-28 09:22:18 UTC [1] FATAL:  no pg_hba.conf entry for host "192.0.2.1", user "sa", database "hoso", no encryption',
        {"event.outcome": "failure", "user.name": "sa", "source.ip": "192.0.2.1"},
    ),
    "PostgreSQL lets in": (
        "postgresql", "2026-09-28 09:22:18 UTC [1] 192.0.2.1 app@hoso LOG:  connection authorized: user=app database=hoso", {"event.outcome": "success", "user.name": "app"},
    ),
    "PostgreSQL says something else": (
        "postgresql", "2026-09-28 09:22:18 UTC [1] LOG:  checkpoint starting: time", {"event.dataset": "db.audit", "event.action": None, "message": "checkpoint starting: time"},
    ),
    "MySQL refuses": (
        "mysql", "2026-04-16T05:13:40.861934Z 344 [Note] [MY-010926] [Server] Access denied for user 'root'@'192.0.2.1' (using password: YES)",
        {"@timestamp": "2026-04-16T05:13:40.861934Z", "event.dataset": "db.audit", "event.module": "mysql", "event.outcome": "failure", "user.name": "root", "source.ip": "192.0.2.1"},
    ),
    "MariaDB with one digit of hours": (
        "mysql", "2026-11-09  5:13:12 8 [Warning] Access denied for user 'a'@'192.0.2.1' (using password: NO)", {"@timestamp": "2026-11-09T05:13:12.000000Z", "source.ip": "192.0.2.1"},
    ),
    "MariaDB of old": (
        "mysql", "221128 14:49:17 [Warning] Access denied for user 'a'@'192.0.2.1' (using password: NO)", {"@timestamp": "2022-11-28T14:49:17.000000Z", "source.ip": "192.0.2.1"},
    ),
    "SQL Server refuses": (
        "mssql", "2026-11-10 09:00:00.12 Logon       Login failed for user 'sa'. Reason: Password did not match that for the login provided. [CLIENT: 192.0.2.1]",
        {"event.module": "mssql", "event.outcome": "failure", "user.name": "sa", "source.ip": "192.0.2.1", "event.reason": "Password did not match that for the login provided."},
    ),
    "SQL Server starts": ("mssql", "2026-11-10 09:00:00.12 spid12s     Starting up database 'master'.", {"event.dataset": "db.audit", "event.action": None}),
    "Asterisk refuses": (
        "asterisk", '[Dec 21 12:57:01] SECURITY[77]: res_security_log.c:114 security_event_stasis_cb: SecurityEvent="InvalidAccountID",EventTV="2026-12-21T12:57:01.209+0000",Severity="Error",Service="PJSIP",EventVersion="1",AccountID="6001",SessionID="x",LocalAddress="IPV4/UDP/192.0.2.5/5060",RemoteAddress="IPV4/UDP/192.0.2.1/54784"',
        {"event.module": "asterisk", "network.protocol": "sip", "event.outcome": "failure", "event.reason": "InvalidAccountID", "user.name": "6001", "source.ip": "192.0.2.1", "source.port": 54_784},
    ),
    "amavis stops a virus": (
        "syslog", "Feb 23 04:55:57 thu amavis[40]: (40-09) Blocked INFECTED (Win.Test.EICAR) {DiscardedInbound,Quarantined}, [192.0.2.1]:1434 [192.0.2.1] <a@example.net> -> <b@example.org>,<c@example.org>, quarantine: 2/v, Queue-ID: 83B741009CD35, Message-ID: <1@example.net>, mail_id: x",
        {"event.dataset": "mail.transfer", "event.action": "mail-blocked", "event.code": "INFECTED", "rule.name": "Win.Test.EICAR", "source.ip": "192.0.2.1", "source.port": 1434,
         "email.from.address": ["a@example.net"], "email.to.address": ["b@example.org", "c@example.org"], "email.local_id": "83B741009CD35", "email.message_id": "1@example.net"},
    ),
    "Proxmox refuses": (
        "syslog", "Nov 23 10:00:00 ao pvedaemon[1]: authentication failure; rhost=::ffff:192.0.2.1 user=root@pam msg=no such user",
        {"event.module": "proxmox", "event.outcome": "failure", "user.name": "root@pam", "source.ip": "192.0.2.1", "event.reason": "no such user"},
    ),
    "Proxmox' backup server refuses": (
        "syslog", "2026-02-25T11:07:18+01:00: authentication failure; rhost=[::ffff:192.0.2.1]:47414 user=root@pbs msg=user account disabled or expired.",
        {"event.outcome": "failure", "source.ip": "192.0.2.1", "source.port": 47_414, "host.hostname": None, "@timestamp": "2026-02-25T10:07:18.000000Z"},
    ),
    "RouterOS refuses": (
        "syslog", "2026-03-19T12:34:09.757188+01:00 10.120.127.1 system,error,critical login failure for user admin from 192.0.2.1 via winbox",
        {"event.module": "mikrotik", "event.outcome": "failure", "user.name": "admin", "source.ip": "192.0.2.1", "service.name": "winbox"},
    ),
    "IIS of its usual columns": (
        "iis", "2026-11-10 02:00:00 10.10.10.5 GET /van-ban/tra-cuu.aspx so=12 443 CQ\\van-thu 192.0.2.1 Mozilla/5.0+(Windows+NT+10.0) https://cong/ 404 7 0 15",
        {"@timestamp": "2026-11-10T02:00:00.000000Z", "event.dataset": "web.access", "event.module": "iis", "source.ip": "192.0.2.1", "destination.ip": "10.10.10.5", "destination.port": 443,
         "url.original": "/van-ban/tra-cuu.aspx?so=12", "url.path": "/van-ban/tra-cuu.aspx", "url.query": "so=12", "url.extension": "aspx", "http.response.status_code": 404,
         "user_agent.original": "Mozilla/5.0 (Windows NT 10.0)", "user.name": "CQ\\van-thu", "event.code": "404.7", "event.duration": 15_000_000, "khien.time": "log"},
    ),
    "Exchange refuses over SMTP": (
        "exchange", "2026-07-20T21:12:06.270Z,EX-1\\Default Frontend EX-1,08DA4F7C11473A60,9,10.10.20.5:25,192.0.2.1:53722,>,535 5.7.3 Authentication unsuccessful,",
        {"event.dataset": "mail.auth", "event.module": "exchange", "network.protocol": "smtp", "event.outcome": "failure", "source.ip": "192.0.2.1", "source.port": 53_722},
    ),
    "Exchange refuses over IMAP": (
        "exchange", '2026-07-20T21:28:50.530Z,000000000000000E,2,10.10.20.5:143,192.0.2.1:35070,testuser,168,31,31,authenticate,PLAIN,"R=""2 NO AUTHENTICATE failed."";Msg=""AuthFailed:LogonDenied,User: testuser"";ErrMsg=AuthFailed:LogonDenied",',
        {"event.dataset": "mail.auth", "network.protocol": "imap", "event.outcome": "failure", "user.name": "testuser", "event.reason": "AuthFailed:LogonDenied"},
    ),
    "HAProxy": (
        "haproxy", '192.0.2.1:14853 [14/Jan/2026:12:48:57.127] https-in~ cong/may-1 170/0/0/3/173 200 739 - - --NN 0/0/0/0/0 0/0 "GET /tin-tuc?a=1 HTTP/1.1"',
        {"event.dataset": "web.access", "event.module": "haproxy", "source.ip": "192.0.2.1", "source.port": 14_853, "destination.domain": "may-1", "url.query": "a=1", "http.response.status_code": 200},
    ),
    "HAProxy without a request": (
        "haproxy", "192.0.2.1:50033 [28/Feb/2026:02:43:10.123] vao/ket-noi: SSL handshake failure (error:0A0000C1)", {"event.dataset": "web.error", "event.outcome": "failure", "source.ip": "192.0.2.1"},
    ),
    "Apache refuses": (
        "apache_error", '[Wed Oct 11 14:32:52.123456 2026] [auth_basic:error] [pid 35708:tid 4328636416] [client 192.0.2.1:52628] AH01617: user foo: authentication failure for "/quan-tri": Password Mismatch',
        {"@timestamp": "2026-10-11T14:32:52.123456Z", "event.dataset": "web.error", "event.action": "login", "event.outcome": "failure", "user.name": "foo", "source.ip": "192.0.2.1", "source.port": 52_628, "process.pid": 35_708},
    ),
    "ModSecurity refuses": (
        "apache_error", '[Thu Sep 30 13:27:06.009964 2026] [:error] [pid 2560:tid 1] [client 192.0.2.1:37752] [client 192.0.2.1] ModSecurity: Access denied with code 403 (phase 2). [file "/x"] [line "1"] [id "949110"] [msg "Inbound Anomaly Score Exceeded"] [severity "CRITICAL"] [tag "attack"] [hostname "cong"] [uri "/a"] [unique_id "z"]',
        {"event.provider": "modsecurity", "event.action": "request-denied", "rule.id": "949110", "rule.name": "Inbound Anomaly Score Exceeded", "url.path": "/a", "log.level": "CRITICAL"},
    ),
    "BIND in its own file": (
        "bind", "19-Oct-2026 05:34:03.685 client @0x7f 192.0.2.1#55590 (example.com): zone transfer 'example.com/AXFR/IN' denied",
        {"event.dataset": "net.dns_server", "dns.question.type": "AXFR", "event.outcome": "failure", "source.ip": "192.0.2.1"},
    ),
    "Zimbra refuses": (
        "zimbra", "2026-03-03 19:26:38,616 WARN  [qtp1:https://thu/service/soap/AuthRequest] [name=a@example.org;oip=192.0.2.1;ua=zclient/9;] security - cmd=Auth; account=a@example.org; protocol=soap; error=authentication failed for [a@example.org], invalid password;",
        {"event.dataset": "mail.auth", "event.action": "login", "event.outcome": "failure", "user.name": "a@example.org", "source.ip": "192.0.2.1", "event.reason": "invalid password", "network.protocol": "soap"},
    ),
    "Zimbra says it again in other words": (
        "zimbra", "2026-03-03 19:26:38,616 INFO  [qtp1:https://thu/service/soap/AuthRequest] [name=a@example.org;oip=192.0.2.1;] SoapEngine - handler exception: authentication failed for [a@example.org], invalid password",
        {"event.dataset": "app.zimbra", "event.action": None},
    ),
    "Postfix is spoken to in HTTP": (
        "syslog", "Oct 31 12:38:21 thu postfix/submission/smtpd[2634372]: warning: non-SMTP command from unknown[192.0.2.1]: GET / HTTP/1.1",
        {"event.action": "protocol-violation", "event.outcome": "failure", "source.ip": "192.0.2.1", "event.reason": "GET / HTTP/1.1"},
    ),
    "sshd waits in vain": (
        "syslog", "Jul  1 09:30:56 cong sshd[8807]: fatal: Timeout before authentication for 192.0.2.1 port 47056",
        {"event.action": "login-timeout", "source.ip": "192.0.2.1", "source.port": 47_056, "event.outcome": None},
    ),
    "Palo Alto denies": (
        "palo_alto", "0,2026/07/15 11:58:58,1321564321,TRAFFIC,drop,0,2026/07/15 11:59:02,10.210.0.84,192.0.2.1,,,DENY-ALL,,,not-applicable,vsys1,INSIDE,OUTSIDE,ethernet1/1,,LOG,2026/07/15 11:59:02,0,1,50000,500,0,0,0x0,udp,deny,60,60,0,1,2026/07/15 11:59:02,0,any,0,91501273,0x8000000000000000",
        {"@timestamp": "2026-07-15T11:59:02.000000Z", "event.dataset": "net.firewall", "event.module": "paloalto", "event.action": "deny", "source.ip": "10.210.0.84", "source.port": 50_000, "destination.ip": "192.0.2.1",
         "destination.port": 500, "network.transport": "udp", "rule.name": "DENY-ALL", "network.bytes": 60, "network.protocol": None, "observer.name": "1321564321"},
    ),
    "Palo Alto names an attack": (
        "syslog", "Nov 23 08:11:40 fw 1,2026/11/23 08:11:40,016401002737,THREAT,vulnerability,2561,2026/11/23 08:11:40,192.0.2.1,198.51.100.10,192.0.2.1,10.0.0.3,SSH-IN,,,ssh,vsys1,Untrust,DMZ,ae1,ae2,log,2026/11/23 08:11:40,238810,23,47094,22,47094,22,0x402400,tcp,reset-both,,SSH User Authentication Brute Force Attempt(40015),any,high,client-to-server,1,0x0",
        {"event.dataset": "net.firewall", "event.category": ["intrusion_detection", "network"], "event.action": "deny", "event.severity": 3, "rule.id": "40015",
         "rule.name": "SSH User Authentication Brute Force Attempt", "source.ip": "192.0.2.1", "destination.port": 22, "event.reason": "SSH-IN"},
    ),
    "Palo Alto refuses an administrator": (
        "palo_alto", "1,2026/11/23 08:11:40,0164,SYSTEM,auth,0,2026/11/23 08:11:40,,auth-fail,LDAP,0,0,general,medium,\"failed authentication for user 'quan-tri'. Reason: Invalid username/password. auth profile 'LDAP', vsys 'shared', server profile 'AD', From: 192.0.2.1.\",1,0x0",
        {"event.dataset": "host.auth", "event.outcome": "failure", "user.name": "quan-tri", "source.ip": "192.0.2.1", "event.reason": "Invalid username/password"},
    ),
    "Huawei permits": (
        "syslog", "Oct  5 2026 10:52:19 USG6300 %%01POLICY/6/POLICYPERMIT(l):vsys=public, protocol=17, source-ip=10.0.0.1, source-port=2426, destination-ip=192.0.2.2, destination-port=2234, time=2026/10/5 09:52:19, source-zone=dmz, destination-zone=untrust, rule-name=Internet Access.",
        {"@timestamp": "2026-10-05T10:52:19.000000Z", "event.dataset": "net.firewall", "event.module": "huawei", "event.action": "allow", "source.ip": "10.0.0.1", "destination.port": 2234, "network.transport": "udp",
         "rule.name": "Internet Access", "event.code": "POLICYPERMIT", "host.hostname": "USG6300"},
    ),
    "Huawei ends a session": (
        "huawei", "2026-10-05 10:52:13 USG6300 %%01SECLOG/6/SESSION_TEARDOWN(l):IPVer=4,Protocol=tcp,SourceIP=10.0.0.1,DestinationIP=192.0.2.2,SourcePort=6182,DestinationPort=443,BeginTime=1538736476,EndTime=1538736733,SendPkts=21,SendBytes=2135,RcvPkts=18,RcvBytes=1534,SourceVpnID=0,DestinationVpnID=0,PolicyName=Internet Access.",
        {"event.action": "allow", "source.bytes": 2135, "destination.packets": 18, "rule.name": "Internet Access"},
    ),
    "Huawei refuses a log-in": (
        "syslog", "Oct  5 2026 10:52:19 USG6300 %%01SSH/4/SSH_FAIL(s)[1]:Failed to login through SSH. (Ip=192.0.2.1, UserName=admin, Times=1)",
        {"event.dataset": "host.auth", "event.outcome": "failure", "user.name": "admin", "source.ip": "192.0.2.1"},
    ),
    "Junos denies in words": (
        "syslog", "Nov 23 10:00:00 srx RT_FLOW: RT_FLOW_SESSION_DENY: session denied 192.0.2.1/5000->198.51.100.2/443 junos-https 6(0) chan-ngoai untrust trust UNKNOWN UNKNOWN N/A(N/A) ge-0/0/0.0",
        {"event.dataset": "net.firewall", "event.module": "juniper", "event.action": "deny", "source.ip": "192.0.2.1", "destination.port": 443, "network.transport": "tcp", "rule.name": "chan-ngoai"},
    ),
    "Junos creates a session in structure": (
        "syslog", '<14>1 2026-11-23T10:00:00.000+07:00 srx RT_FLOW - RT_FLOW_SESSION_CREATE [junos@2636.1.1.1.2.40 source-address="10.0.0.1" source-port="5000" destination-address="192.0.2.2" destination-port="443" protocol-id="6" policy-name="ra-ngoai" username="N/A"] session created',
        {"event.action": "allow", "source.ip": "10.0.0.1", "destination.ip": "192.0.2.2", "network.transport": "tcp", "rule.name": "ra-ngoai", "user.name": None, "event.code": "RT_FLOW_SESSION_CREATE"},
    ),
    "Junos lets an administrator in": (
        "syslog", "Nov 23 10:00:00 srx mgd[1234]: UI_LOGIN_EVENT: User 'quan-tri' login, class 'j-super-user' [1234], ssh-connection '192.0.2.1 5000 192.0.2.2 22', client-mode 'cli'",
        {"event.dataset": "host.auth", "event.outcome": "success", "user.name": "quan-tri", "source.ip": "192.0.2.1"},
    ),
    "Junos misses a digest": (
        "syslog", "Nov 23 10:00:00 srx /kernel: tcp_auth_ok: Packet from 192.0.2.1:179 missing MD5 digest", {"event.dataset": "app.juniper"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_line_becomes_this_event(name: str) -> None:
    form, line, wanted = CASES[name]
    found = one(form, line)
    assert {field: found.get(field) for field in wanted} == wanted


@pytest.mark.parametrize("name", CASES)
def test_the_format_is_recognised_by_the_line(name: str) -> None:
    form, line, _ = CASES[name]
    assert detect_format((line + "\n").encode()) in (form, "huawei" if "%%01" in line else form)


def test_columns_are_those_that_the_directive_names() -> None:
    text = "#Software: Microsoft Internet Information Services 10.0\n#Fields: time date c-ip cs-method cs-uri-stem sc-status\n02:00:00 2026-11-10 192.0.2.1 GET /a 200\n"
    assert detect_format(text.encode()) == "iis"
    batch = LogParser("iis", source="test").parse(text.encode())
    assert (batch.count, batch.rejected) == (1, [])
    assert validate(batch.lines, stamped=False) == []
    found = flat(json.loads(batch.lines))
    assert (found["source.ip"], found["url.path"], found["@timestamp"]) == ("192.0.2.1", "/a", "2026-11-10T02:00:00.000000Z")


def test_message_tracking_names_sender_and_recipients() -> None:
    text = (
        "#Software: Microsoft Exchange Server\n#Fields: date-time,client-ip,event-id,message-id,recipient-address,message-subject,sender-address\n"
        '2026-11-10T02:00:00.000Z,192.0.2.1,RECEIVE,<1@example.net>,b@example.org;c@example.org,"Mời họp, gấp",a@example.net\n'
    )
    assert detect_format(text.encode()) == "exchange"
    found = flat(json.loads(LogParser("exchange", source="test").parse(text.encode()).lines))
    assert (found["event.action"], found["email.to.address"], found["email.subject"]) == (
        "mail-received",
        ["b@example.org", "c@example.org"],
        "Mời họp, gấp",
    )


EVENT = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing' "
    "Guid='{54849625-5478-4994-a5ba-3e3b0328c30d}'/><EventID>4625</EventID><Version>0</Version><Level>0</Level><Task>12544</Task><Opcode>0</Opcode>"
    "<Keywords>0x8010000000000000</Keywords><TimeCreated SystemTime='2026-11-10T02:00:00.1234567Z'/><EventRecordID>7</EventRecordID>"
    "<Execution ProcessID='624' ThreadID='800'/><Channel>Security</Channel><Computer>DC</Computer><Security/></System><EventData>"
    "<Data Name='TargetUserName'>van-thu</Data><Data Name='IpAddress'>192.0.2.1</Data><Data Name='LogonType'>3</Data></EventData></Event>"
)


def test_an_event_of_windows_as_xml_is_what_it_is_as_json() -> None:
    found = one("windows_xml", EVENT)
    wanted = {
        "event.code": "4625",
        "event.outcome": "failure",
        "source.ip": "192.0.2.1",
        "user.name": "van-thu",
        "winlog.event_data.LogonType": "3",
        "host.name": "DC",
    }
    assert {field: found.get(field) for field in wanted} == wanted
    as_json = {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing", "Guid": "{54849625-5478-4994-a5ba-3e3b0328c30d}"}},
                "EventID": 4625, "Version": 0, "Level": 0, "Task": 12544, "Opcode": 0, "Keywords": "0x8010000000000000", "EventRecordID": 7,
                "TimeCreated": {"#attributes": {"SystemTime": "2026-11-10T02:00:00.1234567Z"}},
                "Execution": {"#attributes": {"ProcessID": 624, "ThreadID": 800}}, "Channel": "Security", "Computer": "DC", "Security": None,
            },
            "EventData": {"TargetUserName": "van-thu", "IpAddress": "192.0.2.1", "LogonType": 3},
        }
    }  # fmt: skip
    assert found == one("windows_json", json.dumps(as_json))


def test_a_file_of_events_as_xml_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "security.xml"
    path.write_bytes(b"\xff\xfe" + f"<Events>\r\n{EVENT}\r\n{EVENT}</Events>".encode("utf-16-le"))
    assert probe_event_file(path) == "windows_xml"
    lines = b"".join(part.lines for part in EventFile(path, source="x"))
    first, second = lines.splitlines(keepends=True)
    assert first == second
    assert validate(first, stamped=False) == []
