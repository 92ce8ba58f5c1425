"""A client: python3 client.py PORT"""
import socket
import sys
import threading


def show(connection):
    while data := connection.recv(4096):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))

# Two inputs, and waiting for one would leave the other unread: a thread for each.
reader = threading.Thread(target=show, args=[connection])
reader.start()
for line in sys.stdin.buffer:
    connection.sendall(line)

# The keyboard has ended. Say so, and show what is still to come.
connection.shutdown(socket.SHUT_WR)
reader.join()
