"""Wrong: who cannot be sent to leaves at once, and to leave wants the lock that the speaker holds.

So the speaker waits for itself, and everybody for the speaker. Widened: the thread of the one who
was torn away sleeps for a second before it takes them off the list. Without that the check finds
it in 9 runs of 20.

Found by a-torn-connection-costs-nobody-else.chat
"""
import time

import answer


def lines(connection, lines=answer.lines):
    try:
        yield from lines(connection)
    except OSError:
        time.sleep(1)
        raise


def talk(name, heard):
    for line in heard:
        with answer.lock:
            for other, connection in answer.people:
                if other != name:
                    try:
                        answer.send(connection, b"[" + name + b"] " + line)
                    except OSError:
                        answer.leave(other)


answer.lines, answer.talk = lines, talk
if __name__ == "__main__":
    answer.main()
