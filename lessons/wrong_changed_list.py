"""Wrong: takes people off the list while walking it, so the walk skips the next one."""
import classroom

def leave(person):
    with classroom.lock:
        if person.name is None: return
        line = b"* " + person.name + b" has left"
        for other in classroom.everybody:
            if other is person: classroom.everybody.remove(other)
            elif other.name is not None: other.send(line)
        classroom.everybody.append(person)
        person.name = None

classroom.leave = leave
if __name__ == "__main__": classroom.main()
