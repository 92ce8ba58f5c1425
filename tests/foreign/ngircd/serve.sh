#!/bin/sh
# ngIRCd at this port of this machine alone, which asks nobody who connects. Its settings are no file that could stay.
PATH=$PATH:/usr/sbin
exec ngircd --nodaemon --config /dev/fd/3 3<<EOF
[Global]
    Name = irc.example.net
    Info = a server to be tested
    Listen = 127.0.0.1
    Ports = $1
    MotdPhrase = hello
[Limits]
    MaxConnectionsIP = 0
[Options]
    DNS = no
    Ident = no
    PAM = no
EOF
