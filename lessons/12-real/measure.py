"""What a server needs for 10, 100 and 1,000 people: python3 measure.py COMMAND... {port}

Measures any server of the classroom protocol, and chalktalk itself, which is spoken to in its own.
`PEOPLE=10,100` measures fewer. Threads, descriptors and memory are read in /proc, so on Linux.
"""
import os
import socket
import statistics
import subprocess
import sys
import time

SECONDS_MAX = 60
PAIRS = 50


class Person:
    def __init__(self, port, number):
        self.name, self.rest = f"p{number}", b""
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.real = self.socket.recv(4096).startswith(b"CHALKTALK")
        self.send("NAME " + self.name if self.real else self.name)

    def send(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def say(self, text):
        self.send("SAY " + text if self.real else text)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def start(command, port):
    command = [part.replace("{port}", str(port)) for part in command]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return server
        except OSError:
            if server.poll() is not None or time.monotonic() > end:
                sys.exit(f"the server does not start: {command}")
            time.sleep(0.01)


def everybody_has(people, text):
    """Reads for all until each of them has this text.

    Backwards: most servers write to the last one last, and when that has come, so has the rest. To
    follow each of a thousand as it comes would measure this program more than the server.
    """
    for person in reversed(people):
        while text.encode() not in person.rest:
            data = person.socket.recv(1 << 16)
            if not data:
                sys.exit(f"the server has closed {person.name}")
            # What is looked for may lie across two reads.
            person.rest = person.rest[-64:] + data


def looked(pid):
    """Threads, descriptors, and memory at its highest; not looked where there is no /proc."""
    try:
        with open(f"/proc/{pid}/status") as file:
            status = dict(line.split(":", 1) for line in file)
        descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        return status["Threads"].strip(), str(descriptors), f"{int(status['VmHWM'].split()[0]) / 1024:.0f} MiB"
    except OSError:
        return "not looked", "not looked", "not looked"


def cpu_seconds(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return None


def measure(command, count):
    port = free_port()
    server = start(command, port)
    try:
        people = []
        for number in range(count):
            people.append(Person(port, number))
            everybody_has(people[-1:], "CAME" if people[-1].real else "* here:")
            # All read as they come in, so that nobody has a thousand lines unread.
            if number % 50 == 49 or number == count - 1:
                people[-1].say(f"{number} are in.")
                everybody_has(people[:-1], f"{number} are in.")
        speaker, listeners = people[0], people[1:]
        ones, twos, before = [], [], cpu_seconds(server.pid)
        for round in range(PAIRS):
            started = time.perf_counter()
            speaker.say(f"one {round}.")
            everybody_has(listeners, f"one {round}.")
            ones.append(time.perf_counter() - started)
            # Who has just spoken acknowledges late, in the hope of a line to send it with.
            listeners[0].say(f"answer {round}.")
            everybody_has([speaker, *listeners[1:]], f"answer {round}.")
            started = time.perf_counter()
            speaker.say(f"two {round}.")
            speaker.say(f"three {round}.")
            everybody_has(listeners, f"three {round}.")
            twos.append(time.perf_counter() - started)
        one, two = (f"{statistics.median(times) * 1000:.1f} ms" for times in (ones, twos))
        cpu = "not looked"
        if before is not None:
            # Four lines a round.
            cpu = f"{(cpu_seconds(server.pid) - before) / (4 * PAIRS) * 1000:.2f} ms"
        return [f"{count:,}", one, two, cpu, *looked(server.pid)]
    finally:
        server.kill()
        server.wait()


def main():
    command = sys.argv[1:]
    if not any("{port}" in part for part in command):
        sys.exit(__doc__)
    counts = [int(count) for count in os.environ.get("PEOPLE", "10,100,1000").split(",")]
    form = "{:>6}  {:>10}  {:>10}  {:>10}  {:>10}  {:>11}  {:>10}"
    print(form.format("people", "one line", "two lines", "CPU a line", "threads", "descriptors", "memory"))
    for count in counts:
        print(form.format(*measure(command, count)), flush=True)


if __name__ == "__main__":
    main()
