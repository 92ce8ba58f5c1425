"""Step 2, two people at once: python3 start.py PORT"""
import socket
import sys


def serve(connection):
    """Sends back what comes, to the end of the input."""
    while True:
        # `recv` waits for the first byte and then takes what is there, however little. It gives
        # b"" for one reason only: the other side has said that nothing more will come.
        data = connection.recv(4096)
        if data == b"":
            return
        connection.sendall(data)


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    while True:
        connection, _ = listener.accept()
        # Your turn: while this serves one connection, nobody accepts the next.
        with connection:
            # An error ends this connection and not the server.
            try:
                serve(connection)
            except OSError as error:
                print(error, file=sys.stderr)


if __name__ == "__main__":
    main()
