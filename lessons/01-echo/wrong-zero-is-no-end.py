"""Wrong: reads on behind the end, for ever. Found by the-end-of-input.chat"""
import answer


def serve(connection):
    while True:
        connection.sendall(connection.recv(4096))


answer.serve = serve
if __name__ == "__main__":
    answer.main()
