"""Wrong: the loop that accepts also asks for the name. Found by nobody-waits-for-a-name.chat"""
import socket
import sys
import threading

import answer


def ask(connection):
    answer.send(connection, b"Welcome! What is your name?")
    heard = answer.lines(connection)
    return next(heard, b""), heard


def serve(connection, name, heard):
    with connection:
        here = answer.come(name) if answer.legal_name(name) else None
        answer.send(connection, here or b"That is no name here.")
        while here and next(heard, None) is not None:
            pass


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=[connection, *ask(connection)], daemon=True).start()
