"""Wrong: `send` sends all.

Widened: the writer sends all that waits in one call, into a small buffer, and the connection has a
time limit. With one, `send` takes what there is room for; without, on Linux, it waits and seems right.

Found by who-was-slow-misses-nothing.chat
"""
import answer


class Person(answer.Person):
    def write(self):
        self.connection.setsockopt(answer.socket.SOL_SOCKET, answer.socket.SO_SNDBUF, 1 << 16)
        self.connection.settimeout(30)
        lines = []
        try:
            while None not in lines:
                lines = [self.queue.get()]
                while not self.queue.empty():
                    lines.append(self.queue.get())
                self.connection.send(b"".join(line + b"\n" for line in lines if line is not None))
            self.connection.shutdown(answer.socket.SHUT_WR)
        except OSError:
            pass


answer.Person = Person
if __name__ == "__main__":
    answer.main()
