"""What is said in protocols of lines, after the openings of their fuzz targets: the beginning that chooses the opening, turns."""

from collections.abc import Mapping, Sequence

from tests.engine.packet.conversation import Turn

Dialogue = tuple[str, bytes, Sequence[Turn]]

_MAIL = (
    b"Received: from x (x [192.0.2.1])\r\n\tby y\r\nFrom: =?utf-8?B?VGjDtG5n?= <a@b.example>\r\nSubject: =?utf-8?Q?th=C6=B0?=\r\n"
    b'Content-Type: multipart/mixed; boundary="x y"\r\n\r\n--x y\r\n\r\nhttp://a.example/1\r\n..dot\r\n--x y\r\n'
    b"Content-Type: application/pdf; name=b.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--x y--\r\n"
)
#: Mails as a server takes them.
MAILS: Mapping[str, bytes] = {
    "made-parts": _MAIL,
    "made-encoded-name": (
        b"Content-Disposition: attachment;\r\n filename*0*=utf-8''%C3%A1;\r\n filename*1=.txt\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nm=\r\n=E1=BB=99t  \r\n"
    ),
    "made-mail-in-mail": b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\nContent-Type: text/html\r\n\r\n<a href='http://b.example'>\r\n",
    "made-uuencode": b"Subject: u\r\n\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n",
}
_REQUEST = (
    b"INVITE sip:b@example.vn SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKb\r\nFrom: A <sip:a@example.vn>;tag=1\r\n"
    b"To: <sip:b@example.vn>\r\nCall-ID: d\r\nCSeq: 2 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: 97\r\n\r\n"
    b"v=0\r\no=a 1 2 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0 8\r\na=sendrecv\r\n"
)
_RINGS = (
    b"SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKb\r\nFrom: A <sip:a@example.vn>;tag=1\r\n"
    b"To: <sip:b@example.vn>;tag=2\r\nCall-ID: d\r\nCSeq: 2 INVITE\r\nContent-Length: 0\r\n\r\n"
)
DIALOGUES: Sequence[Dialogue] = (
    (
        "smtp",
        b"\0",
        (
            (True, b"AUTH LOGIN\r\n"),
            (False, b"334 VXNlcm5hbWU6\r\n"),
            (True, b"bmFt\r\nc2VjcmV0\r\n"),
            (False, b"334 UGFzc3dvcmQ6\r\n235 ok\r\n"),
            (True, b"MAIL FROM:<d@b.example>\r\nRCPT TO:<e@a.example>\r\nBDAT 12\r\nSubject: z\r\nBDAT 4 LAST\r\n\r\nhi"),
            (False, b"250 ok\r\n550 no\r\n250 ok\r\n250 ok\r\n"),
            (True, b"AUTH PLAIN AG5hbQBzZWNyZXQ=\r\nQUIT\r\n"),
            (False, b"535 no\r\n221 bye\r\n"),
        ),
    ),
    ("smtp", b"\x01", ((True, _MAIL + b".\r\n"), (False, b"250 queued as ABC\r\n"))),
    (
        "pop3",
        b"\0",
        (
            (True, b"UIDL\r\nTOP 1 9\r\nAUTH PLAIN\r\n"),
            (False, b"+OK\r\n1 a\r\n2 b\r\n.\r\n+OK\r\nSubject: x\r\n\r\n.\r\n+ \r\n"),
            (True, b"AG5hbQBzZWNyZXQ=\r\nDELE 9\r\nQUIT\r\n"),
            (False, b"+OK\r\n-ERR none\r\n+OK bye\r\n"),
        ),
    ),
    ("pop3", b"\x01", ((False, _MAIL + b".\r\n"), (True, b"QUIT\r\n"))),
    (
        "imap",
        b"\0",
        (
            (True, b"a1 LOGIN {3+}\r\nnam {6+}\r\nsecret\r\na2 SELECT inbox\r\na3 AUTHENTICATE PLAIN\r\n"),
            (False, b"a1 OK in\r\n* 9 EXISTS\r\na2 OK\r\n+ \r\n"),
            (True, b"AG5hbQBzZWNyZXQ=\r\na4 APPEND sent (\\Seen) {14}\r\n"),
            (False, b"a3 OK\r\n+ go\r\n"),
            (True, b"Subject: y\r\n\r\n\r\na5 LOGOUT\r\n"),
            (False, b"a4 NO full\r\n* BYE\r\na5 OK\r\n"),
        ),
    ),
    ("imap", b"\x01", ((False, _MAIL[:200] + b")\r\na1 OK done\r\n"),)),
    (
        "ftp",
        b"",
        (
            (True, b"PWD\r\nCWD a/../b\r\nPORT 10,0,0,9,4,1\r\nEPSV\r\nEPRT |2|::1|6000|\r\nPASV\r\n"),
            (False, b'257 "/home" is it\r\n250 ok\r\n200 ok\r\n229 (|||6000|)\r\n200 ok\r\n227 go (10,0,0,2,9,9)\r\n'),
            (True, b"RETR x.bin\r\nSTOR y\r\nQUIT\r\n"),
            (False, b"150 go (5 bytes)\r\n226-a\r\n b\r\n226 done\r\n550 no\r\n221 bye\r\n"),
        ),
    ),
    ("ftp_data", b"\0", ((True, b"PK\x03\x04" + bytes(30)),)),
    ("sip", b"\0", ((True, _REQUEST), (False, _RINGS))),
    ("sip", b"\x01", ((True, _REQUEST + _REQUEST), (False, _RINGS))),
)
