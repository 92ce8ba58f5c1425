"""Wrong: tells that somebody has left, and only then takes them off the list.

Widened: between the two it sleeps for 0.5 s, holding no lock. Without that the check finds it in 0 runs of
20.

Found by a-name-is-free-after-a-disconnect.chat
"""
import time

import answer


def leave(name):
    with answer.lock:
        answer.tell_others(b"* " + name + b" has left", name)
    time.sleep(0.5)
    with answer.lock:
        answer.people[:] = [person for person in answer.people if person[0] != name]


answer.leave = leave
if __name__ == "__main__":
    answer.main()
