"""Wrong: takes what one read gives for one message."""
import classroom

def lines(connection):
    while data := connection.recv(4096):
        yield data.rstrip(b"\r\n")

classroom.lines = lines
if __name__ == "__main__": classroom.main()
