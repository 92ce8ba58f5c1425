"""Wrong: cuts at the LF, and takes the CR off names only.

Found by a-cr-is-not-part-of-the-line.chat
"""
import answer


def lines(connection):
    rest = b""
    while data := connection.recv(4096):
        *whole, rest = (rest + data).split(b"\n")
        yield from whole


def come(name, connection, come=answer.come):
    return come(name.removesuffix(b"\r"), connection)


answer.lines, answer.come = lines, come
if __name__ == "__main__":
    answer.main()
