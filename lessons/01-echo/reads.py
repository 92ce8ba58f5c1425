"""What reads give: two ends in one program, and nothing left to chance."""
import socket

listener = socket.create_server(("127.0.0.1", 0))  # 0: any free port
ours = socket.create_connection(listener.getsockname())
theirs, _ = listener.accept()


def read(most):
    data = theirs.recv(most)
    print(f"recv({most}) gives {len(data)} bytes: {data}")


ours.sendall(b"hel")
read(4096)
ours.sendall(b"lo\n")
read(4096)
ours.sendall(b"one\ntwo\n")
read(4096)
ours.sendall(b"x" * 6)
read(4)
read(4)
ours.shutdown(socket.SHUT_WR)
read(4096)
read(4096)
