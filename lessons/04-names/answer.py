"""Step 4, names: python3 answer.py PORT"""
import re
import socket
import sys
import threading

names = []  # those that are taken, in the order they came
lock = threading.Lock()  # held by whoever reads or changes `names`


def lines(connection):
    """Whole lines without their ends, to the end of the input."""
    rest = b""
    while True:
        data = connection.recv(4096)
        if data == b"":
            return
        # What stands behind the last LF is the beginning of a line that is still to come.
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")


def send(connection, line):
    """Sends a line and its end in one write."""
    connection.sendall(line + b"\n")


def legal_name(line):
    return re.fullmatch(b"[A-Za-z0-9]{1,16}", line) is not None


def come(name):
    """Takes the name and says who is there already; `None` if somebody has it.

    The lock is held from the look to the change: let go of in between, two threads may both find
    the name free.
    """
    with lock:
        if name in names:
            return None
        here = b"* here: " + b", ".join(names)
        names.append(name)
        return here


def serve(connection):
    """Asks for a name and says who is there. What is said then goes nowhere yet."""
    send(connection, b"Welcome! What is your name?")
    heard = lines(connection)
    name = next(heard, None)
    if name is None:
        return
    here = come(name) if legal_name(name) else None
    if here is None:
        send(connection, b"That is no name here.")
        return
    send(connection, here)
    for _ in heard:
        pass


def run(connection):
    with connection:
        # An error ends this connection and not the server.
        try:
            serve(connection)
        except OSError as error:
            print(error, file=sys.stderr)


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    while True:
        connection, _ = listener.accept()
        # The thread is handed its own connection. Nobody joins it: this loop must be back in
        # `accept` at once.
        threading.Thread(target=run, args=[connection], daemon=True).start()


if __name__ == "__main__":
    main()
