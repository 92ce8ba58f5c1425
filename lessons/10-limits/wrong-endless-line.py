"""Wrong: a line may be as long as it likes. Found by a-line-without-an-end.chat"""
import answer


def lines(connection):
    rest = bytearray()
    while data := connection.recv(1 << 20):
        rest += data
        if b"\n" in data:
            *whole, rest = rest.split(b"\n")
            yield from (bytes(line).removesuffix(b"\r") for line in whole)


answer.lines = lines
if __name__ == "__main__":
    answer.main()
