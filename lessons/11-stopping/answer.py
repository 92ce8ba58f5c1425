"""Step 11, stopping: python3 answer.py PORT"""
import queue
import re
import socket
import sys
import threading
import time

LINE_BYTES_MAX = 16 * 1024
WAITING_LINES_MAX = 900  # of a thousand; the buffers of the system hold the rest
FAREWELL_SECONDS = 1  # so long somebody is waited for who does not end

people = []  # everybody who is in, in the order they came
connected = []  # everybody, in or not: who has to be told when the server stops
lock = threading.Lock()  # held by whoever reads or changes these lists, or tells them something


def lines(connection):
    """Whole lines without their ends, to the end of the input or to a line that is too long."""
    rest = b""
    while True:
        data = connection.recv(4096)
        if data == b"":
            return
        # What stands behind the last LF is the beginning of a line that is still to come.
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            if len(line) > LINE_BYTES_MAX:
                return
            yield line.removesuffix(b"\r")
        if len(rest) > LINE_BYTES_MAX:
            return


class Person:
    """Somebody who is connected: lines wait for them in a queue, and a thread writes those."""

    def __init__(self, connection):
        self.connection, self.name = connection, None
        self.reader = threading.current_thread()
        self.queue = queue.Queue(WAITING_LINES_MAX)
        self.writer = threading.Thread(target=self.write, daemon=True)
        self.writer.start()

    def send(self, line):
        """Queues a line, and waits for nobody: who leaves too much unread is closed.

        `None` comes last and is the end.
        """
        try:
            self.queue.put_nowait(line)
        except queue.Full:
            hang_up(self.connection)

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
    """Queues a line for everybody but its sender.

    The lock is held until it waits in all queues, so all see one order. That is soon, for a queue
    waits for nobody.
    """
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
        with lock:
            tell_others(b"[" + person.name + b"] " + line, person)


def run(connection):
    with connection:
        # An error ends this connection and not the server; so does a thread that cannot be had.
        try:
            person = Person(connection)
            with lock:
                connected.append(person)
            try:
                serve(person)
            finally:
                person.finish()
                with lock:
                    connected.remove(person)
        except (OSError, RuntimeError) as error:
            print(error, file=sys.stderr)


def accept(listener):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            # No descriptor is left. Newcomers wait in the queue of the system until one is.
            time.sleep(0.1)
            continue
        # The thread is handed its own connection. Nobody joins it: this loop must be back in
        # `accept` at once.
        try:
            threading.Thread(target=run, args=[connection], daemon=True).start()
        except RuntimeError:
            connection.close()  # No thread is left.


def stop():
    """Tells everybody, and waits a second for all together until they have taken it and left."""
    with lock:
        told = list(connected)
        for person in told:
            person.send(b"* The server stops.")
            person.send(None)
    end = time.monotonic() + FAREWELL_SECONDS
    for person in told:
        person.reader.join(max(0, end - time.monotonic()))


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)
    # Nothing wakes a thread out of `accept` everywhere; as a daemon it ends with the process.
    threading.Thread(target=accept, args=[listener], daemon=True).start()
    for _ in sys.stdin.buffer:
        pass
    stop()


if __name__ == "__main__":
    main()
