"""Wrong: takes people off the list while walking it, so the walk skips the next one.

Found by the-list-changes-while-it-is-walked.chat
"""
import answer


def leave(name):
    with answer.lock:
        for person in answer.people:
            if person[0] == name:
                answer.people.remove(person)
            else:
                answer.send(person[1], b"* " + name + b" has left")


answer.leave = leave
if __name__ == "__main__":
    answer.main()
