"""Wrong: cuts at the LF, and keeps the CR that telnet sends before it."""
import classroom

def lines(connection):
    rest = b""
    while data := connection.recv(4096):
        *whole, rest = (rest + data).split(b"\n")
        yield from whole

classroom.lines = lines
if __name__ == "__main__": classroom.main()
