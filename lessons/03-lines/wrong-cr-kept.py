"""Wrong: cuts at the LF, and keeps the CR before it. Found by a-cr-before-the-lf.chat"""
import answer


def lines(connection):
    rest = b""
    while data := connection.recv(4096):
        *whole, rest = (rest + data).split(b"\n")
        yield from whole


answer.lines = lines
if __name__ == "__main__":
    answer.main()
