"""Wrong: takes what is left of a read for a line. Found by a-line-in-pieces.chat"""
import answer


def lines(connection):
    while data := connection.recv(4096):
        for line in data.removesuffix(b"\n").split(b"\n"):
            yield line.removesuffix(b"\r")


answer.lines = lines
if __name__ == "__main__":
    answer.main()
