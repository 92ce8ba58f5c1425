"""Wrong: walks the list without the lock.

Widened: the walk rests for 0.5 s behind the first person, so that they can leave meanwhile. Without
that the check finds it in 12 runs of 20.

Found by somebody-leaves-during-a-walk.chat
"""
import time

import answer


def talk(name, heard):
    for line in heard:
        for at, (other, connection) in enumerate(answer.people):
            if other != name:
                answer.send(connection, b"[" + name + b"] " + line)
            if at == 0:
                time.sleep(0.5)


answer.talk = talk
if __name__ == "__main__":
    answer.main()
