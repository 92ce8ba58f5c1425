#!/usr/bin/env python3
"""A peer for the encrypted mode, in another language, over another implementation of Noise.

Written from docs/PROTOCOL.md alone. It needs the package `noiseprotocol` (0.3.1).

    noise_peer.py join HOST PORT CODE    sends its standard input, prints what comes
    noise_peer.py chat                   prints its port and code, and is a chat with petra, who answers what is said

Exit codes: 0 both directions were ended, 1 something was refused, 3 the package is missing.
"""

import hashlib
import os
import secrets
import socket
import sys
import threading

try:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from noise.connection import Keypair, NoiseConnection
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATTERN = b"Noise_NKpsk0_25519_ChaChaPoly_BLAKE2s"
CLIENT_LINE = b"NOISE 1\n"
TEXT_MAX = 16384
DEADLINE_S = 30


def blake2s(*parts):
    return hashlib.blake2s(b"".join(parts)).digest()


def values(data, count):
    """The first `count` values of five bits, the highest bit first."""
    bits = int.from_bytes(data, "big") >> (8 * len(data) - 5 * count)
    return [bits >> (5 * place) & 31 for place in reversed(range(count))]


def fingerprint(key):
    digest = key
    for _ in range(16384):
        digest = blake2s(b"chalktalk fingerprint 1", digest)
    return values(digest, 15)


def check(some):
    c = 1
    for value in some:
        c = 2 * (c ^ value)
        if c > 31:
            c ^= 37
    return c


def format_code(key, secret):
    front, back = fingerprint(key), values(secret, 8)
    text = "".join(ALPHABET[value] for value in front + [check(front + back)] + back)
    return "-".join(text[at : at + 4] for at in range(0, 24, 4))


def parse_code(text):
    plain = text.upper().replace("-", "").replace("O", "0").replace("I", "1").replace("L", "1")
    found = [ALPHABET.index(character) for character in plain]
    front, back = found[:15], found[16:]
    if len(found) != 24 or found[15] != check(front + back):
        raise ValueError("mistyped")
    secret = 0
    for value in back:
        secret = secret << 5 | value
    return front, secret.to_bytes(5, "big")


def psk(secret, key):
    return blake2s(b"chalktalk psk 1", secret, key)


class Connection:
    """A socket and, once the handshake is through, its ciphers."""

    def __init__(self, connected):
        connected.settimeout(DEADLINE_S)
        self.socket = connected
        self.noise = None

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError("cut")
            data += more
        return data

    def line(self, longest):
        data = b""
        while not data.endswith(b"\n") and len(data) < longest:
            data += self.exactly(1)
        return data

    def receive(self):
        return self.exactly(int.from_bytes(self.exactly(2), "big"))

    def send(self, message):
        self.socket.sendall(len(message).to_bytes(2, "big") + bytes(message))

    def seal(self, text):
        self.send(self.noise.encrypt(text))

    def open(self):
        return bytes(self.noise.decrypt(self.receive()))


def handshake_state(prologue, key):
    noise = NoiseConnection.from_name(PATTERN)
    noise.set_prologue(prologue)
    noise.set_psks(key)
    return noise


def join(host, port, code):
    expected, secret = parse_code(code)
    connection = Connection(socket.create_connection((host, int(port)), DEADLINE_S))
    line = connection.line(83)
    start = b"CHALKTALK 1 noise "
    if not (line.startswith(start) and len(line) == 83):
        raise ValueError("not an encrypted server")
    key = bytes.fromhex(line[len(start) : -1].decode("ascii"))
    if fingerprint(key) != expected:
        raise ValueError("another server")
    noise = handshake_state(line + CLIENT_LINE, psk(secret, key))
    noise.set_as_initiator()
    noise.set_keypair_from_public_bytes(Keypair.REMOTE_STATIC, key)
    noise.start_handshake()
    connection.socket.sendall(CLIENT_LINE)
    connection.send(noise.write_message())
    noise.read_message(connection.receive())
    connection.noise = noise
    connection.seal(b"")
    return connection


def talk(connection):
    """Standard input to the server, in frames of changing sizes; what comes to standard output."""

    def speak():
        size = 1
        while text := os.read(0, size):
            connection.seal(text)
            size = min(3 * size, TEXT_MAX)
        connection.seal(b"")

    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    while text := connection.open():
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    speaker.join(DEADLINE_S)


def admit():
    """Waits for one client, and lets it in if it knows the code."""
    private, secret = secrets.token_bytes(32), secrets.token_bytes(5)
    public = X25519PrivateKey.from_private_bytes(private).public_key()
    key = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(DEADLINE_S)
    print(listener.getsockname()[1], format_code(key, secret), flush=True)
    connection = Connection(listener.accept()[0])
    line = b"CHALKTALK 1 noise " + key.hex().encode("ascii") + b"\n"
    connection.socket.sendall(line)
    if connection.exactly(len(CLIENT_LINE)) != CLIENT_LINE:
        raise ValueError("not an encrypted client")
    noise = handshake_state(line + CLIENT_LINE, psk(secret, key))
    noise.set_as_responder()
    noise.set_keypair_from_private_bytes(Keypair.STATIC, private)
    noise.start_handshake()
    noise.read_message(connection.receive())
    connection.send(noise.write_message())
    connection.noise = noise
    if connection.open() != b"":
        raise ValueError("not confirmed")
    return connection


class Chat:
    """A server with one room, in which petra is already."""

    def __init__(self, connection):
        self.connection = connection
        self.count = 0
        self.name = None

    def send(self, *lines):
        self.connection.seal("".join(line + "\n" for line in lines).encode())

    def event(self, verb, rest):
        self.count += 1
        return f"{verb} peer.{self.count} 1763816400250 {rest}"

    def run(self):
        self.send("CHALKTALK 1 noise Welcome to a server of another make.")
        rest = b""
        while text := self.connection.open():
            *lines, rest = (rest + text).split(b"\n")
            for line in lines:
                if not self.answer(line.decode()):
                    self.connection.seal(b"")
                    return

    def answer(self, line):
        """Answers one request; false after the last."""
        tag = ""
        if line.startswith("@"):
            tag, line = line.split(" ", 1)
            tag += " "
        verb, _, rest = line.partition(" ")
        ok = f"{tag}OK" if tag else None
        events = []
        match verb:
            case "NAME":
                self.name = rest
                events = [
                    self.event("WELCOME", f"* {rest} hello"),
                    self.event("ROOM", "lobby 2"),
                    "HISTORY lobby 0",
                    "END lobby",
                    self.event("CAME", f"lobby {rest}"),
                ]
            case "SAY":
                events = [
                    self.event("SAID", f"lobby {self.name} {rest}"),
                    self.event("SAID", f"lobby petra I hear: {rest}"),
                ]
            case "WHO":
                self.send(f"{tag}WHO lobby {self.name}", f"{tag}WHO lobby petra")
            case "PING":
                self.send(f"{tag}PONG {rest}".rstrip())
            case "QUIT":
                events = ["BYE quit until next time"]
            case "REPLAY" | "PONG":
                pass
            case _:
                ok = f"{tag}ERROR unknown-verb no such verb here"
        if ok and events and " peer." in events[0]:
            ok += " " + events[0].split(" ")[1]
        # An empty frame is the end, so what wants no answer gets none.
        if ok or events:
            self.send(*filter(None, [ok]), *events)
        return verb != "QUIT"


def main():
    match sys.argv[1:]:
        case ["join", host, port, code]:
            talk(join(host, port, code))
        case ["chat"]:
            Chat(admit()).run()
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception as error:  # Whatever it is: to the test it is one thing, a refusal.
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
