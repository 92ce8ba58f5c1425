"""Wrong: all threads use one variable, and it names whoever came last. Found by two-at-once.chat"""
import socket
import sys
import threading


def serve():
    while data := connection.recv(4096):
        connection.sendall(data)
    connection.close()


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, daemon=True).start()
