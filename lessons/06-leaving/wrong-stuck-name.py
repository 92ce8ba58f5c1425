"""Wrong: who has left is not taken off the list, so the name stays taken.

Found by a-name-is-free-after-a-disconnect.chat
"""
import answer


def leave(name):
    with answer.lock:
        answer.tell_others(b"* " + name + b" has left", name)


answer.leave = leave
if __name__ == "__main__":
    answer.main()
