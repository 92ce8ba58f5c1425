"""Wrong: is back in `accept` when the one before has gone. Found by two-at-once.chat"""
import socket
import sys

import answer


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    while True:
        answer.run(listener.accept()[0])


if __name__ == "__main__":
    main()
