"""Wrong: a lock for each queue and none around all of them, for a lock protects code.

Widened: it sleeps for a millisecond between two whom it tells.

Found by one-order.chat
"""
import answer


class Person(answer.Person):
    def __init__(self, connection):
        self.lock = answer.threading.Lock()
        super().__init__(connection)


def talk(person, heard):
    for line in heard:
        with answer.lock:
            others = [other for other in answer.people if other is not person]
        for other in others:
            with other.lock:
                other.send(b"[" + person.name + b"] " + line)
            answer.time.sleep(0.001)


answer.Person, answer.talk = Person, talk
if __name__ == "__main__":
    answer.main()
