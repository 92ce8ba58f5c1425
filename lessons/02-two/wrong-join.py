"""Wrong: starts a thread, and waits for its end. Found by two-at-once.chat"""
import socket
import sys
import threading

import answer


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    while True:
        thread = threading.Thread(target=answer.run, args=[listener.accept()[0]])
        thread.start()
        thread.join()


if __name__ == "__main__":
    main()
