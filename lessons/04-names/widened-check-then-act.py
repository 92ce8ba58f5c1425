"""Wrong: looks whether the name is free, and takes it, as two things.

Widened: between the two it sleeps for 0.5 s. Without that the second thread would have to come
within some microseconds.

Found by two-with-one-name.chat
"""
import time

import answer


def come(name):
    with answer.lock:
        if name in answer.names:
            return None
    time.sleep(0.5)
    with answer.lock:
        here = b"* here: " + b", ".join(answer.names)
        answer.names.append(name)
        return here


answer.come = come
if __name__ == "__main__":
    answer.main()
