"""Wrong: takes the end of the input for an error. Found by the-end-of-input.chat"""
import answer


def serve(connection):
    while data := connection.recv(4096):
        connection.sendall(data)
    connection.sendall(b"error: nothing was read\n")


answer.serve = serve
if __name__ == "__main__":
    answer.main()
