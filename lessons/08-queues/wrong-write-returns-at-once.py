"""Wrong: the thread of who speaks writes to everybody. Found by a-slow-reader-stops-nobody.chat"""
import answer


class Person(answer.Person):
    def send(self, line):
        if line is None:
            super().send(line)
        else:
            try:
                self.connection.sendall(line + b"\n")
            except OSError:
                pass


answer.Person = Person
if __name__ == "__main__":
    answer.main()
