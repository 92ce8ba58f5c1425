"""Wrong: takes whole lines for granted, once the name is known.

Found by one-read-is-not-one-message.chat
"""
import answer


def talk(name, heard):
    connection = dict(answer.people)[name]
    while data := connection.recv(4096):
        with answer.lock:
            answer.tell_others(b"[" + name + b"] " + data.rstrip(b"\r\n"), name)


answer.talk = talk
if __name__ == "__main__":
    answer.main()
