"""Wrong: what is left over at the end is said. Found by half-a-line-is-not-said.chat"""
import answer


def lines(connection):
    rest = b""
    while data := connection.recv(4096):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")
    if rest:
        yield rest


answer.lines = lines
if __name__ == "__main__":
    answer.main()
