"""Wrong: decodes each read by itself. Found by a-line-in-pieces.chat"""
import answer


def lines(connection):
    rest = ""
    while data := connection.recv(4096):
        *whole, rest = (rest + data.decode(errors="replace")).split("\n")
        for line in whole:
            yield line.removesuffix("\r").encode()


answer.lines = lines
if __name__ == "__main__":
    answer.main()
