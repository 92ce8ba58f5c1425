"""Wrong: lets go of the lock before it tells, as in the step before.

Widened: it sleeps for a millisecond between two whom it tells.

Found by one-order.chat
"""
import answer


def tell_others(line, sender):
    others = [person for person in answer.people if person is not sender]
    answer.lock.release()
    for person in others:
        person.send(line)
        answer.time.sleep(0.001)
    answer.lock.acquire()


answer.tell_others = tell_others
if __name__ == "__main__":
    answer.main()
