#!/bin/sh
# redis-server behind the contract of a server: a well-known figure for one thread that reads, parses and answers (PING).
# Without persistence. Redis cannot let the kernel choose a port, so one below the ephemeral range is made of the process id.
port=$((20000 + $$ % 10000))
while [ $# -gt 1 ]; do
  [ "$1" = --port ] && [ "$2" != 0 ] && port=$2
  shift
done
trap 'trap "" TERM; kill 0; wait; exit 0' TERM INT
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --daemonize no |
  sed -u -n "s/.*Ready to accept connections.*/{\"ready\":true,\"port\":$port}/p" &
wait
