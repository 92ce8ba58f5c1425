"""Wrong: the writer holds the lock, "for a moment". Found by a-slow-reader-stops-nobody.chat"""
import answer


class Person(answer.Person):
    def write(self):
        try:
            while (line := self.queue.get()) is not None:
                with answer.lock:
                    self.connection.sendall(line + b"\n")
            self.connection.shutdown(answer.socket.SHUT_WR)
        except OSError:
            pass


answer.Person = Person
if __name__ == "__main__":
    answer.main()
