"""Wrong: takes people off the list while walking it, so the walk skips the next one."""
import classroom

def leave(person):
    with classroom.lock:
        line = b"* " + person.name + b" has left"
        for other in classroom.people:
            if other is person: classroom.people.remove(other)
            else: other.send(line)

classroom.leave = leave
if __name__ == "__main__": classroom.main()
