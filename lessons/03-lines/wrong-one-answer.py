"""Wrong: reads to an LF, and takes all that for one line. Found by lines-in-one-read.chat"""
import answer


def lines(connection):
    rest = b""
    while data := connection.recv(4096):
        rest += data
        if rest.endswith(b"\n"):
            yield rest.removesuffix(b"\n").removesuffix(b"\r")
            rest = b""


answer.lines = lines
if __name__ == "__main__":
    answer.main()
