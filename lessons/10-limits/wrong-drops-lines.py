"""Wrong: what does not fit is thrown away. Found by a-frozen-person-costs-little.chat"""
import queue

import answer


class Person(answer.Person):
    def send(self, line):
        try:
            self.queue.put_nowait(line)
        except queue.Full:
            pass


answer.Person = Person
if __name__ == "__main__":
    answer.main()
