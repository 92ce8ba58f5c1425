"""Wrong: reads once, and takes what came for all there is. Found by what-is-sent-comes-back.chat"""
import answer


def serve(connection):
    connection.sendall(connection.recv(4096))


answer.serve = serve
if __name__ == "__main__":
    answer.main()
