"""Messages between the pretended GPU and its hosts: JSON with its length before it."""

import hashlib
import json
import socket

SOCKET = "KOMPAKT_PRETENDED_GPU"
"""Environment variable: the socket of the GPU."""


def digest(image: bytes) -> str:
    """Return what stands for machine code or PTX, whether or not it ends with a zero."""
    return hashlib.sha256(image.rstrip(b"\0")).hexdigest()


def send(connection: socket.socket, message: dict) -> None:
    """Send one message."""
    data = json.dumps(message).encode()
    connection.sendall(len(data).to_bytes(4, "little") + data)


def receive(connection: socket.socket) -> dict | None:
    """Return the next message, or None when the other side has gone."""
    if len(head := _exactly(connection, 4)) < 4:
        return None
    return json.loads(_exactly(connection, int.from_bytes(head, "little")))


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (part := connection.recv(size - len(data))):
        data += part
    return data
