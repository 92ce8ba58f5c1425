"""The classroom protocol, done right: python3 classroom.py PORT

Two threads a person: one reads, the other writes what waits in their queue. The lock is held to
look at `everybody`, to change it, and to queue a line for all, so that all see one order; nobody
holds it while writing. When standard input ends, the server does.
"""
import queue, re, socket, sys, threading, time

LINE_BYTES_MAX = 16 * 1024
WAITING_LINES_MAX = 900    # of a thousand; the system's own buffers hold the rest
FAREWELL_SECONDS = 1       # so long the server waits for somebody to take the last words
everybody = []             # who is connected, with a name or without
lock = threading.Lock()

class Person:
    def __init__(self, connection):
        self.connection, self.name = connection, None
        self.outbox = queue.Queue(WAITING_LINES_MAX)
        self.reader = threading.Thread(target=serve, args=[self], daemon=True)
        self.writer = threading.Thread(target=self.write, daemon=True)

    def send(self, line):
        """Waits for nobody: who leaves too much unread is closed. `None` comes last."""
        try: self.outbox.put_nowait(line)
        except queue.Full: hang_up(self.connection)

    def write(self):
        try:
            while (line := self.outbox.get()) is not None:
                self.connection.sendall(line + b"\n")
            self.connection.shutdown(socket.SHUT_WR)   # the end, behind the last words
        except OSError: pass       # gone; the thread that reads sees it too

    def finish(self):
        """Reads on to their end: closing with bytes unread resets, and the last words are lost."""
        end = time.monotonic() + FAREWELL_SECONDS
        self.send(None)
        self.writer.join(FAREWELL_SECONDS)
        try:
            while not self.writer.is_alive() and (left := end - time.monotonic()) > 0:
                self.connection.settimeout(left)
                if not self.connection.recv(64 * 1024): break
        except OSError: pass       # torn away, or too slow
        hang_up(self.connection)
        self.writer.join()

def hang_up(connection):
    """Ends both directions, which wakes the threads that wait in them; `close` would not."""
    try: connection.shutdown(socket.SHUT_RDWR)
    except OSError: pass           # was gone already

def lines(connection):
    """A read gives what has arrived: a piece of a line, or many lines."""
    rest = b""
    while len(rest) <= LINE_BYTES_MAX and (data := connection.recv(4096)):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            if len(line) > LINE_BYTES_MAX: return
            yield line.removesuffix(b"\r")

def tell_others(line, sender):
    for person in everybody:
        if person.name is not None and person is not sender: person.send(line)

def come(person, name):
    with lock:
        names = [other.name for other in everybody if other.name is not None]
        if name in names or not re.fullmatch(b"[A-Za-z0-9]{1,16}", name): return False
        person.name = name
        person.send(b"* here:" + b",".join(b" " + other for other in names))
        tell_others(b"* " + name + b" has come", person)
        return True

def leave(person):
    with lock:
        name, person.name = person.name, None     # free before others hear of it
        if name is not None: tell_others(b"* " + name + b" has left", person)

def talk(person):
    person.send(b"Welcome! What is your name?")
    for line in lines(person.connection):
        if person.name is not None:
            with lock: tell_others(b"[" + person.name + b"] " + line, person)
        elif not come(person, line): return person.send(b"That is no name here.")

def serve(person):
    with person.connection:
        with lock: everybody.append(person)
        try: talk(person)
        except OSError: pass       # torn away
        leave(person)
        person.finish()
        with lock: everybody.remove(person)

def accept(listener):
    while True:
        try: person = Person(listener.accept()[0])
        except OSError:            # no descriptor is left; newcomers wait until one is
            time.sleep(0.1)
            continue
        try:
            person.writer.start()
            person.reader.start()
        except RuntimeError:       # no thread is left
            person.send(None)
            person.connection.close()

def stop():
    with lock:
        waited_for = list(everybody)
        for person in waited_for:
            person.send(b"* The server stops.")
            person.send(None)
    end = time.monotonic() + FAREWELL_SECONDS
    for person in waited_for: person.reader.join(max(0, end - time.monotonic()))

def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    threading.Thread(target=accept, args=[listener], daemon=True).start()
    for _ in sys.stdin.buffer: pass
    stop()

if __name__ == "__main__": main()
