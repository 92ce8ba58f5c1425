"""Wrong: tells a copy of the list, with no lock held, as in the step before.

Widened: it sleeps for a millisecond between two whom it tells.

Found by one-order.chat
"""
import answer


def talk(person, heard):
    for line in heard:
        with answer.lock:
            others = [other for other in answer.people if other is not person]
        for other in others:
            other.send(b"[" + person.name + b"] " + line)
            answer.time.sleep(0.001)


answer.talk = talk
if __name__ == "__main__":
    answer.main()
