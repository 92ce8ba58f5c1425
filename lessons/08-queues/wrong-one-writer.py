"""Wrong: one queue and one writer for all, for a queue cures everything.

Found by a-slow-reader-stops-nobody.chat
"""
import answer

lines = answer.queue.Queue()


class Person(answer.Person):
    def send(self, line):
        lines.put((self, line))


def write():
    while True:
        person, line = lines.get()
        if line is None:
            person.queue.put(None)
        else:
            try:
                person.connection.sendall(line + b"\n")
            except OSError:
                pass


answer.Person = Person
if __name__ == "__main__":
    answer.threading.Thread(target=write, daemon=True).start()
    answer.main()
