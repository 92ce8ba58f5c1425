"""Wrong: an error of `accept` ends the server.

Widened: it may have 56 descriptors.

Found by more-than-there-is-room-for.chat
"""
import resource

import answer


def accept(listener):
    resource.setrlimit(resource.RLIMIT_NOFILE, (56, 56))
    while True:
        connection, _ = listener.accept()
        answer.threading.Thread(target=answer.run, args=[connection], daemon=True).start()


answer.accept = accept
if __name__ == "__main__":
    answer.main()
