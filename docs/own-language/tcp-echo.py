"""tcp-echo in Python: every byte comes back, unchanged and in order (RFC 862). Flags and the ready line: contract.py."""

import contract

READ_BYTES = 65536


async def echo(_flags, reader, writer):
    # read() returns what is there, at most READ_BYTES; b"" is the peer's FIN: it sends no more, and may still read.
    while data := await reader.read(READ_BYTES):
        writer.write(data)
        # Waits while the peer does not read: without this line, a peer that never reads fills the memory.
        await writer.drain()


# The caller closes the connection, and close() sends what is still waiting before its FIN.
contract.run("tcp-echo", echo)
