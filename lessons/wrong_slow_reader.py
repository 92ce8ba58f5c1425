"""Wrong: whoever speaks writes to everybody, and so waits for the slowest of them."""
import classroom

class Person(classroom.Person):
    def send(self, line):
        if line is None: return super().send(None)
        try: self.connection.sendall(line + b"\n")
        except OSError: pass

classroom.Person = Person
if __name__ == "__main__": classroom.main()
