#!/bin/sh
# Redis at this port of this machine alone, with nothing on the disk.
exec redis-server --bind 127.0.0.1 --port "$1" --save '' --appendonly no
