"""Wrong: a queue cures everything, and memory is free. Found by a-frozen-person-costs-little.chat"""
import answer


class Person(answer.Person):
    def __init__(self, connection):
        super().__init__(connection)
        self.queue.maxsize = 0


answer.Person = Person
if __name__ == "__main__":
    answer.main()
