#!/bin/sh
# socat as an echo server behind the contract of a server: a process per connection, which is what a shell user would reach for.
trap 'trap "" TERM; kill 0; wait; exit 0' TERM INT
socat -d -d TCP4-LISTEN:0,bind=127.0.0.1,fork,backlog=511,nodelay PIPE 2>&1 |
  sed -u -n 's/.*listening on .*:\([0-9]*\)$/{"ready":true,"port":\1}/p' &
wait
