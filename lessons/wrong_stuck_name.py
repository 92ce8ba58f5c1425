"""Wrong: who has left is not taken off the list, so the name stays taken."""
import classroom

def leave(person):
    with classroom.lock:
        if person.name is None: return
        classroom.tell_others(b"* " + person.name + b" has left", person)
        classroom.everybody.append(person)

classroom.leave = leave
if __name__ == "__main__": classroom.main()
