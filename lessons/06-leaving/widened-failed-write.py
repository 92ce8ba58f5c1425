"""Wrong: a write that fails ends the thread of the one who spoke.

Widened: the thread of the one who was torn away sleeps for a second before it takes them off the
list. Without that the check finds it in 8 runs of 20.

Found by a-torn-connection-costs-nobody-else.chat
"""
import time

import answer


def tell_others(line, sender):
    for name, connection in answer.people:
        if name != sender:
            answer.send(connection, line)


def leave(name, leave=answer.leave):
    time.sleep(1)
    leave(name)


answer.tell_others, answer.leave = tell_others, leave
if __name__ == "__main__":
    answer.main()
