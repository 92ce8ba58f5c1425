"""Wrong: waits until the buffer is full. Found by what-is-sent-comes-back.chat"""
import socket

import answer


def serve(connection):
    while data := connection.recv(4096, socket.MSG_WAITALL):
        connection.sendall(data)


answer.serve = serve
if __name__ == "__main__":
    answer.main()
