"""Step 1, echo: python3 start.py PORT"""
import socket
import sys


def serve(connection):
    """Sends back what comes, to the end of the input."""
    data = connection.recv(4096)
    # Your turn: send back what came, and go on until nothing more will come.
    print(len(data), "bytes:", data)


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    while True:
        connection, _ = listener.accept()
        with connection:
            # An error ends this connection and not the server.
            try:
                serve(connection)
            except OSError as error:
                print(error, file=sys.stderr)


if __name__ == "__main__":
    main()
