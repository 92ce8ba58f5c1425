"""A client: python3 client.py PORT, and on Unix python3 client.py PORT raw

By lines, the terminal holds what is typed until Enter and shows it itself: a line that comes in can
only wipe the row (CR, ESC [ K) and be written over it. Raw, each key comes here, and so does the
work: the row is drawn again, with the draft, behind every line that comes in.
"""
import socket
import subprocess
import sys
import threading

WIPE = "\r\x1b[K"
draft = ""
lock = threading.Lock()  # held to change the draft, and to write to the screen


def show(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def visible(line):
    """Without what would move the cursor, ring, or type: others may send any byte."""
    return "".join(c if c.isprintable() else "?" for c in line)


def listen(connection):
    for line in connection.makefile(encoding="utf-8", errors="replace", newline="\n"):
        with lock:
            show(WIPE + visible(line.rstrip("\r\n")) + "\n" + draft)


def by_lines():
    yield from sys.stdin


def by_keys():
    """Lines out of single keys: Enter sends, Backspace takes back, C-c and C-d end."""
    global draft
    with open(0, encoding="utf-8", errors="replace", newline="", buffering=1, closefd=False) as keys:
        while (key := keys.read(1)) not in ("", "\x03", "\x04"):
            with lock:
                line, draft = draft, ""
                if key not in "\r\n":
                    draft = line[:-1] if key in "\x7f\b" else line + visible(key)
                show(WIPE + draft)
            if key in "\r\n":
                yield line + "\n"


def main():
    raw = sys.argv[2:] == ["raw"]
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    reader = threading.Thread(target=listen, args=[connection])
    if raw:
        before = subprocess.run(["stty", "-g"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        subprocess.run(["stty", "-icanon", "-echo", "-isig"], check=True)
    try:
        reader.start()
        for line in by_keys() if raw else by_lines():
            connection.sendall(line.encode())
        connection.shutdown(socket.SHUT_WR)
        reader.join()
    finally:
        if raw:
            subprocess.run(["stty", before], check=True)


if __name__ == "__main__":
    main()
