"""Step 4, names: python3 start.py PORT"""
import socket
import sys
import threading


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


def serve(connection):
    """Answers each line with its length in bytes and the line itself."""
    # Your turn: ask for a name; refuse one that is not legal or that somebody has; say who is here.
    # All threads need the same list of names, and one at a time.
    for line in lines(connection):
        send(connection, b"%d %s" % (len(line), line))


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
