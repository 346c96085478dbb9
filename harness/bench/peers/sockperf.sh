#!/bin/sh
# sockperf's own server behind the contract of a server; only sockperf's client can speak with it.
# It cannot let the kernel choose a port, so one below the ephemeral range is made of the process id.
port=$((20000 + $$ % 10000))
while [ $# -gt 1 ]; do
  [ "$1" = --port ] && [ "$2" != 0 ] && port=$2
  shift
done
trap 'trap "" TERM; kill 0; wait; exit 0' TERM INT
stdbuf -oL sockperf server --tcp -i 127.0.0.1 -p "$port" 2>&1 |
  sed -u -n "s/.*using .*to block.*/{\"ready\":true,\"port\":$port}/p" &
wait
