"""Step 6, leaving: python3 answer.py PORT"""
import re
import socket
import sys
import threading

people = []  # the name and the connection of everybody who is in, in the order they came
lock = threading.Lock()  # held by whoever reads or changes `people`


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


def tell_others(line, sender):
    """Sends a line to everybody but its sender. The lock is held: the list stays as it is."""
    for name, connection in people:
        if name != sender:
            # Who cannot be sent to has gone; the thread that reads from them finds out and says so.
            try:
                send(connection, line)
            except OSError:
                pass


def come(name, connection):
    """Lets somebody in and tells everybody; false if that is no name, or somebody has it.

    The lock is held from the look to the change: let go of in between, two threads may both find
    the name free.
    """
    with lock:
        taken = [other for other, _ in people]
        if name in taken or not legal_name(name):
            return False
        send(connection, b"* here: " + b", ".join(taken))
        people.append((name, connection))
        tell_others(b"* " + name + b" has come", name)
        return True


def leave(name):
    with lock:
        people[:] = [person for person in people if person[0] != name]
        tell_others(b"* " + name + b" has left", name)


def serve(connection):
    """Asks for a name, and then tells all others what is said, until it is no more."""
    send(connection, b"Welcome! What is your name?")
    heard = lines(connection)
    name = next(heard, None)
    if name is None:
        return
    if not come(name, connection):
        send(connection, b"That is no name here.")
        return
    # However it ends: by an end of the input, or by an error.
    try:
        talk(name, heard)
    finally:
        leave(name)


def talk(name, heard):
    for line in heard:
        with lock:
            tell_others(b"[" + name + b"] " + line, name)


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
