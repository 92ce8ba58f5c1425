"""Wrong: takes one read for the name. Found by a-name-in-pieces.chat"""
import answer


def lines(connection):
    while data := connection.recv(4096):
        yield data.strip()


answer.lines = lines
if __name__ == "__main__":
    answer.main()
