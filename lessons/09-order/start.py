"""Step 9, order: python3 start.py PORT"""
import queue
import re
import socket
import sys
import threading
import time

FAREWELL_SECONDS = 1  # so long somebody is waited for who does not end

people = []  # everybody who is in, in the order they came
lock = threading.Lock()  # held by whoever reads or changes `people`


def lines(connection):
    """Whole lines without their ends, to the end of the input."""
    rest = b""
    while True:
        data = connection.recv(4096)
        if data == b"":
            return
        # What stands behind the last LF is the beginning of a line that is still to come.
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")


class Person:
    """Somebody who is connected: lines wait for them in a queue, and a thread writes those."""

    def __init__(self, connection):
        self.connection, self.name = connection, None
        self.queue = queue.Queue()
        self.writer = threading.Thread(target=self.write, daemon=True)
        self.writer.start()

    def send(self, line):
        """Queues a line, and waits for nobody. `None` comes last and is the end."""
        self.queue.put(line)

    def write(self):
        """Writes as fast as they read. When that is not at all, nobody but this thread waits."""
        try:
            while (line := self.queue.get()) is not None:
                self.connection.sendall(line + b"\n")
            self.connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # Gone; the thread that reads from them finds out and says so.

    def finish(self):
        """Ends a connection so that what was queued before arrives.

        The writer sends what is left and our end, then theirs is read on to: all that for a second
        at most, for who does not read would hold the writer for ever.
        """
        end = time.monotonic() + FAREWELL_SECONDS
        self.send(None)
        self.writer.join(FAREWELL_SECONDS)
        try:
            while not self.writer.is_alive() and (left := end - time.monotonic()) > 0:
                self.connection.settimeout(left)
                if self.connection.recv(64 * 1024) == b"":
                    break
        except OSError:
            pass  # Torn away, or too slow.
        hang_up(self.connection)
        self.writer.join()


def hang_up(connection):
    """Ends both directions at once, which wakes the threads that wait in them; `close` does not."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # It was gone already.


def legal_name(line):
    return re.fullmatch(b"[A-Za-z0-9]{1,16}", line) is not None


def tell_others(line, sender):
    """Queues a line for everybody but its sender. The lock is held: the list stays as it is."""
    for person in people:
        if person is not sender:
            person.send(line)


def come(person, name):
    """Lets somebody in and tells everybody; false if that is no name, or somebody has it.

    The lock is held from the look to the change: let go of in between, two threads may both find
    the name free.
    """
    with lock:
        taken = [other.name for other in people]
        if name in taken or not legal_name(name):
            return False
        person.name = name
        person.send(b"* here: " + b", ".join(taken))
        people.append(person)
        tell_others(b"* " + name + b" has come", person)
        return True


def leave(person):
    with lock:
        people.remove(person)
        tell_others(b"* " + person.name + b" has left", person)


def serve(person):
    """Asks for a name, and then tells all others what is said, until it is no more."""
    person.send(b"Welcome! What is your name?")
    heard = lines(person.connection)
    name = next(heard, None)
    if name is None:
        return
    if not come(person, name):
        person.send(b"That is no name here.")
        return
    # However it ends: by an end of the input, or by an error.
    try:
        talk(person, heard)
    finally:
        leave(person)


def talk(person, heard):
    for line in heard:
        # What is said changes no list. A copy of it is enough, and the lock is free at once.
        with lock:
            others = [other for other in people if other is not person]
        for other in others:
            other.send(b"[" + person.name + b"] " + line)
            # Your turn: somebody else may speak here. A millisecond makes that sure; take it out
            # when you are done, and think of what must not happen here rather than of how rare it is.
            time.sleep(0.001)


def run(connection):
    with connection:
        person = Person(connection)
        # An error ends this connection and not the server.
        try:
            try:
                serve(person)
            finally:
                person.finish()
        except OSError as error:
            print(error, file=sys.stderr)


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    while True:
        connection, _ = listener.accept()
        # The thread is handed its own connection. Nobody joins it: this loop must be back in
        # `accept` at once.
        threading.Thread(target=run, args=[connection], daemon=True).start()


if __name__ == "__main__":
    main()
