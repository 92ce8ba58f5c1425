"""Step 3, lines: python3 start.py PORT"""
import socket
import sys
import threading


def serve(connection):
    """Sends back what comes, to the end of the input."""
    while True:
        # `recv` waits for the first byte and then takes what is there, however little. It gives
        # b"" for one reason only: the other side has said that nothing more will come.
        # Your turn: this is a piece of a line, or many lines. Put the pieces together, and answer each
        # whole line with its length in bytes, a space, and the line.
        data = connection.recv(4096)
        if data == b"":
            return
        connection.sendall(data)


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
