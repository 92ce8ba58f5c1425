"""How much of 3.9 MB arrives, with one byte unread: closed at once, and ended in order."""
import socket
import sys
import threading

# What the buffers of the two systems hold: 3.9 MB on Linux, less elsewhere.
LAST_WORDS = b"x" * (3_900_000 if sys.platform == "linux" else 100_000)


def close_at_once(connection):
    pass


def end_in_order(connection):
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(4096):
        pass


def serve(listener, end):
    connection, _ = listener.accept()
    with connection:
        connection.sendall(LAST_WORDS)
        end(connection)


def try_out(end):
    """What arrives at somebody who begins to read when all is written, and then the end, or how else it ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=[listener, end])
        server.start()
        with socket.create_connection(listener.getsockname()) as connection:
            connection.sendall(b"?")  # Which nobody reads.
            if end is close_at_once:
                server.join()
            count = 0
            try:
                while data := connection.recv(4096):
                    count += len(data)
                ended = "the end"
            except OSError as error:
                ended = error.strerror
        server.join()
    return f"{count:,} of {len(LAST_WORDS):,} bytes, then {ended}"


if __name__ == "__main__":
    print("closed at once:", try_out(close_at_once))
    print("ended in order:", try_out(end_in_order))
