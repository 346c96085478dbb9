"""The contract's part of a server in Python: flags, the ready line, signals, exit codes (docs/contract.md sections 1, 2, 4, 9).

It answers nobody: what a connection is told is the business of the server that calls run(). Left for you: the limits of
section 7, the time limits, and answering what is owed after SIGTERM.
"""

import argparse
import asyncio
import errno
import ipaddress
import json
import os
import re
import signal
import socket
import sys

EXIT_USAGE = 64
EXIT_CANNOT_LISTEN = 69
DAY_MS = 86_400_000

# Every server takes every flag, and refuses what is out of range, whether it looks at the value or not.
NUMBERS = {
    "port": (0, 0, 65535),
    "backlog": (511, 1, 65535),
    "max-connections": (10000, 1, 1_000_000),
    "idle-timeout-ms": (60000, 1, DAY_MS),
    "drain-timeout-ms": (5000, 0, DAY_MS),
    "linger-ms": (1000, 0, DAY_MS),
    "max-pending-bytes": (1_048_576, 4096, 1_073_741_824),
    "workers": (1, 1, 64),
    "max-frame-size": (1_048_576, 256, 1_073_741_824),
    "frame-timeout-ms": (10000, 1, DAY_MS),
}


class Flags(argparse.ArgumentParser):
    """argparse exits with 2 and prints its usage first; the contract wants 64 and one line."""

    def error(self, message):
        self.exit(EXIT_USAGE, f"{self.prog}: {message} (try --help)\n")


def whole_number(least, most):
    """Digits and nothing else: int() alone would take " 7", "+7" and "1_000"."""

    def parse(text):
        if re.fullmatch(r"[0-9]{1,10}", text) and least <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}, got {json.dumps(text)}")

    return parse


def address(text):
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be an IPv4 or IPv6 address, got {json.dumps(text)}") from None


def parse_flags(protocol):
    flags = Flags(prog=protocol, allow_abbrev=False)
    flags.add_argument("--host", type=address, default="127.0.0.1")
    flags.add_argument("--log-level", choices=["error", "info", "debug"], default="info")
    for name, (default, least, most) in NUMBERS.items():
        flags.add_argument(f"--{name}", type=whole_number(least, most), default=default)
    return flags.parse_args()


def open_listener(flags):
    """Only `::` stands for IPv6 and IPv4; any other address is itself alone."""
    family = socket.AF_INET6 if ":" in flags.host else socket.AF_INET
    where = (flags.host, flags.port)
    return socket.create_server(where, family=family, backlog=flags.backlog, dualstack_ipv6=flags.host == "::")


def run(protocol, serve):
    """Listens, prints the ready line, and calls `await serve(flags, reader, writer)` for each connection."""
    flags = parse_flags(protocol)
    try:
        listener = open_listener(flags)
    except OSError as error:
        sys.exit(cannot_listen(protocol, flags, error))
    asyncio.run(until_stopped(protocol, flags, listener, serve))


def cannot_listen(protocol, flags, error):
    name = errno.errorcode.get(error.errno, "unknown error")
    print(f"{protocol}: cannot listen on {flags.host}:{flags.port}: {name}", file=sys.stderr)
    return EXIT_CANNOT_LISTEN


async def until_stopped(protocol, flags, listener, serve):
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)

    async def guarded(reader, writer):
        # Whatever a peer does ends its own connection, and nobody else's.
        try:
            # asyncio does so itself only for sockets made with proto=IPPROTO_TCP: small replies must not wait for an ACK.
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await serve(flags, reader, writer)
        except OSError:
            pass
        finally:
            writer.close()

    await asyncio.start_server(guarded, sock=listener, backlog=flags.backlog)
    print_ready(protocol, flags, listener.getsockname()[1])
    await stopped.wait()


def print_ready(protocol, flags, port):
    """The last thing before serving. Without flush the line would wait in a buffer, because stdout is a pipe."""
    ready = {"ready": True, "protocol": protocol, "transport": "tcp", "host": flags.host, "port": port, "pid": os.getpid()}
    print(json.dumps(ready, separators=(",", ":")), flush=True)
