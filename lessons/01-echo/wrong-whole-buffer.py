"""Wrong: sends all of the buffer, however little was read. Found by what-is-sent-comes-back.chat"""
import answer


def serve(connection):
    buffer = bytearray(4096)
    while connection.recv_into(buffer):
        connection.sendall(buffer)


answer.serve = serve
if __name__ == "__main__":
    answer.main()
