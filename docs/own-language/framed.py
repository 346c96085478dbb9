"""The beginning of framed in Python: frames in a stream that has none, ECHO, and the errors that a header can have.

To do: DISCARD, GENERATE, DELAY (docs/protocol.md section 2). Until then they are types that nobody knows.
"""

import asyncio
import struct

import contract

HEADER = struct.Struct(">IBBH")  # length, type, flags, id: big-endian, without padding, 8 bytes
ECHO, ECHO_REPLY, ERROR = 0x01, 0x81, 0xFF
FRAME_TOO_LARGE, BAD_FLAGS, UNKNOWN_TYPE = 1, 2, 3
NAMES = {FRAME_TOO_LARGE: b"FRAME_TOO_LARGE", BAD_FLAGS: b"BAD_FLAGS", UNKNOWN_TYPE: b"UNKNOWN_TYPE"}
READ_BYTES = 65536
LINGER_BYTES = 16 * 1024 * 1024


def frame(kind, number, payload):
    return HEADER.pack(len(payload), kind, 0, number) + payload


def error(code, number):
    return frame(ERROR, number, struct.pack(">H", code) + NAMES[code])


async def serve(flags, reader, writer):
    try:
        while True:
            # readexactly() waits for all of it, however the bytes were cut, and takes nothing of the next frame.
            length, kind, bits, number = HEADER.unpack(await reader.readexactly(HEADER.size))
            # Checked before a byte of the payload is waited for: a length is only a claim.
            code = FRAME_TOO_LARGE if length > flags.max_frame_size else BAD_FLAGS if bits != 0 else None
            if code is not None:
                await end(flags, reader, writer, error(code, number))
                return
            payload = await reader.readexactly(length)
            writer.write(frame(ECHO_REPLY, number, payload) if kind == ECHO else error(UNKNOWN_TYPE, number))
            await writer.drain()
    except asyncio.IncompleteReadError:
        pass  # FIN, between two frames or inside of one: nothing more is owed


async def end(flags, reader, writer, last):
    """A fatal ERROR, FIN, then reading on for a while: to close with unread bytes would send RST, which destroys the ERROR."""
    writer.write(last)
    writer.write_eof()
    try:
        async with asyncio.timeout(flags.linger_ms / 1000):
            left = LINGER_BYTES
            while left > 0 and (data := await reader.read(READ_BYTES)):
                left -= len(data)
    except TimeoutError:
        pass


contract.run("framed", serve)
