"""The classroom protocol, done right: python3 classroom.py PORT"""
import queue, re, socket, sys, threading

LINE_BYTES_MAX, WAITING_LINES_MAX = 16 * 1024, 1000
people = []                # who has a name, in the order they came
lock = threading.Lock()    # held by whoever reads or changes `people`

class Person:
    def __init__(self, connection):
        self.connection, self.name = connection, None
        self.outbox = queue.Queue(WAITING_LINES_MAX)
        threading.Thread(target=self.write, daemon=True).start()

    def send(self, line):
        """Waits for nobody: who leaves so much unread is closed."""
        try: self.outbox.put_nowait(line)
        except queue.Full: hang_up(self.connection)

    def write(self):
        """Sends at the pace of its own reader, in a thread of its own, up to `None`."""
        try:
            while (line := self.outbox.get()) is not None:
                self.connection.sendall(line + b"\n")
            hang_up(self.connection)
        except OSError: pass       # gone; the thread that reads sees it too

def hang_up(connection):
    try: connection.shutdown(socket.SHUT_RDWR)
    except OSError: pass           # was gone already

def lines(connection):
    """A read gives what has arrived: a piece of a line, or many lines."""
    rest = b""
    while len(rest) <= LINE_BYTES_MAX and (data := connection.recv(4096)):
        *whole, rest = (rest + data).split(b"\n")
        yield from (line.removesuffix(b"\r") for line in whole)

def tell_others(line, sender):
    for person in people:
        if person is not sender: person.send(line)

def come(person, name):
    with lock:
        taken = any(other.name == name for other in people)
        if taken or not re.fullmatch(b"[A-Za-z0-9]{1,16}", name): return False
        person.name = name
        person.send(b"* here:" + b",".join(b" " + other.name for other in people))
        people.append(person)
        tell_others(b"* " + name + b" has come", person)
        return True

def leave(person):
    with lock:
        people.remove(person)      # first, so that the name is free when others hear of it
        tell_others(b"* " + person.name + b" has left", person)

def serve(connection):
    person = Person(connection)
    person.send(b"Welcome! What is your name?")
    try:
        for line in lines(connection):
            if person.name is not None:
                with lock: tell_others(b"[" + person.name + b"] " + line, person)
            elif not come(person, line):
                return person.send(b"That is no name here.")
    except OSError: pass           # torn away
    finally:
        if person.name is not None: leave(person)
        person.send(None)

def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    while True:
        threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()

if __name__ == "__main__": main()
